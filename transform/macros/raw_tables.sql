{#- The tables of tap-bill as they are there: streams and columns that were not loaded are empty, and said in the log at the start. -#}

{% macro raw_columns(stream) %}
  {#- Names of the columns of a stream's table, in lower case; none without a table. -#}
  {%- set table = source('tap_bill', stream) -%}
  {%- set relation = adapter.get_relation(table.database, table.schema, table.identifier) if execute else none -%}
  {%- if relation is none -%}
    {{ return(none) }}
  {%- endif -%}
  {%- set names = adapter.get_columns_in_relation(relation) | map(attribute='name') | map('lower') | list -%}
  {%- if 'organization_id' not in names and stream != 'code_labels' -%}
    {{ exceptions.raise_compiler_error(
      relation ~ " has no column organization_id: load it with tap-bill, with its setting `naming: snake_case`"
    ) }}
  {%- endif -%}
  {{ return(names) }}
{% endmacro %}

{% macro is_loaded(stream) %}
  {{ return(bill.raw_columns(stream) is not none) }}
{% endmacro %}

{% macro staged(stream, columns) %}
  {#-
    Selects these columns of a stream's table, each of its kind (`column_type`).

    A kind `deleted` says whether the object is deleted, by `is_deleted`, else by `is_active`, or by the mark of the
    target. What has no column is looked for among the fields that BILL sends and tap-bill does not know.
  -#}
  {%- set found = bill.raw_columns(stream) -%}
  {%- set names = found or [] %}
select
  {%- for name, kind in columns.items() %}
  {{ bill.staged_column(names, name, kind) }} as {{ name }}{{ "," if not loop.last }}
  {%- endfor %}
  {%- if found is none %}
limit 0
  {%- else %}
from {{ source('tap_bill', stream) }}
    {%- if '_sdc_deleted_at' in names and 'deleted' not in columns.values() %}
where _sdc_deleted_at is null
    {%- endif %}
  {%- endif %}
{% endmacro %}

{% macro staged_column(names, name, kind) %}
  {%- if kind == 'deleted' -%}
    {%- set told = ["is_deleted"] if "is_deleted" in names else [] -%}
    {%- set told = told + (["is_active = '2'"] if "is_active" in names else []) -%}
    {#- BILL's word is of the last time that the object was in its list; the target marks what has gone from it since. -#}
    (
      coalesce({{ (told + ["false"]) | join(", ") }})
      {%- if "_sdc_deleted_at" in names %} or _sdc_deleted_at is not null{% endif -%}
    )
  {%- elif name in names -%}
    cast({{ name }} as {{ bill.column_type(kind) }})
  {%- elif 'additional_fields' in names -%}
    {%- set value = "cast(additional_fields as json) ->> '" ~ name ~ "'" -%}
    {#- Its form is not known: what is none of this kind is null. -#}
    {%- set forms = {
      "money": "^-?[0-9]+([.][0-9]+)?$", "integer": "^-?[0-9]+$", "date": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$",
      "instant": "^[0-9]{4}-[0-9]{2}-[0-9]{2}T.*Z$",
    } -%}
    cast(
      {%- if kind in forms %} case when ({{ value }}) ~ '{{ forms[kind] }}' then {{ value }} end
      {%- else %} {{ value }}
      {%- endif %} as {{ bill.column_type(kind) }}
    )
  {%- else -%}
    cast(null as {{ bill.column_type(kind) }})
  {%- endif -%}
{% endmacro %}

{% macro column_type(kind) %}
  {%- set types = {
    "text": "text", "date": "date", "money": "numeric(18, 2)", "instant": "timestamptz", "integer": "bigint",
  } -%}
  {{ return(types[kind]) }}
{% endmacro %}

{% macro some_table_is_there() %}
  {#-
    Ends a run on a schema without any table of tap-bill, which would build nothing but empty models, and says once which
    streams have no table or no row: BILL has none of them, refused their list, or they were not selected.
  -#}
  {%- if execute and flags.WHICH in ("run", "build") -%}
    {%- set streams = graph.sources.values() | selectattr("package_name", "equalto", "bill") | list -%}
    {%- set there, empty, absent = [], [], [] -%}
    {%- for each in streams -%}
      {%- set relation = adapter.get_relation(each.database, each.schema, each.identifier) -%}
      {%- if relation is none -%}
        {%- do absent.append(each.name) -%}
      {%- else -%}
        {%- do there.append(each.name) -%}
        {%- if not run_query("select 1 as found from " ~ relation ~ " limit 1").rows -%}
          {%- do empty.append(each.name) -%}
        {%- endif -%}
      {%- endif -%}
    {%- endfor -%}
    {%- if not there -%}
      {{ exceptions.raise_compiler_error(
        "no table of tap-bill is in the schema " ~ streams[0].database ~ "." ~ streams[0].schema
        ~ ": set the variables tap_bill_schema and tap_bill_database to where tap-bill was loaded"
      ) }}
    {%- endif -%}
    {%- for what, names in [("no table", absent), ("no row", empty)] if names -%}
      {%- do log("bill: there is " ~ what ~ " of " ~ (names | sort | join(", ")) ~ "; counted as empty", info=true) -%}
    {%- endfor -%}
  {%- endif -%}
{% endmacro %}
