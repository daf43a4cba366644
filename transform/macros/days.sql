{% macro as_of() %}
  {#- The day of the ageing, the same in every model of a run: the variable `as_of`, else the day of the build. -#}
  {%- set day = var("as_of", none) or bill.run_day() -%}
  {%- if not bill.is_day(day | string) -%}
    {{ exceptions.raise_compiler_error("the variable as_of is '" ~ day ~ "'; write a day of the calendar as YYYY-MM-DD") }}
  {%- endif -%}
  cast('{{ day }}' as date)
{% endmacro %}

{% macro built_on() -%}
  {#- The day of the build: balances are those of this day, whatever the day of the ageing is. -#}
  cast('{{ bill.run_day() }}' as date)
{%- endmacro %}

{% macro run_day() %}
  {#- The day (UTC) on which the run began. -#}
  {{ return(run_started_at.strftime("%Y-%m-%d")) }}
{% endmacro %}

{% macro is_day(text) %}
  {#- True of a day of the calendar as YYYY-MM-DD. -#}
  {%- if text < "0001" or not modules.re.match("^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$", text) -%}
    {{ return(false) }}
  {%- endif -%}
  {%- set year, month, day = text[:4] | int, text[5:7] | int, text[8:] | int -%}
  {%- set counted = modules.datetime.date(year, month, 1) + modules.datetime.timedelta(days=day - 1) -%}
  {{ return(counted.month == month) }}
{% endmacro %}

{% macro days_of_build() -%}
  {#- The columns of a mart by which its readers see that all models are of one build. -#}
  {{ bill.as_of() }} as as_of,
  {{ bill.built_on() }} as built_on
{%- endmacro %}

{% macro first_day_of(part, day) -%}
  cast(date_trunc('{{ part }}', {{ day }}) as date)
{%- endmacro %}

{% macro money(expression) -%}
  cast({{ expression }} as numeric(18, 2))
{%- endmacro %}
