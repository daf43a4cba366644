{% macro as_of() %}
  {#- The day of the run, the same in every model of it: the variable `as_of`, or the day (UTC) on which it began. -#}
  {%- set day = var("as_of") or run_started_at.strftime("%Y-%m-%d") -%}
  {%- if not modules.re.match("^[0-9]{4}-[0-9]{2}-[0-9]{2}$", day | string) -%}
    {{ exceptions.raise_compiler_error("the variable as_of is '" ~ day ~ "'; write a day as YYYY-MM-DD") }}
  {%- endif -%}
  cast('{{ day }}' as date)
{% endmacro %}

{% macro due_day(document="") -%}
  {#- The day on which a bill or an invoice is due: one without a due date at once. -#}
  {%- set of = document ~ "." if document else "" -%}
  coalesce({{ of }}due_date, {{ of }}document_date)
{%- endmacro %}

{% macro first_day_of(part, day) -%}
  cast(date_trunc('{{ part }}', {{ day }}) as date)
{%- endmacro %}

{% macro money(expression) -%}
  cast({{ expression }} as numeric(18, 2))
{%- endmacro %}
