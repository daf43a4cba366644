{% macro loosened(number) -%}
  {#-
    A number of a document without what people write now and then not: case, zeros in front of digits, and blanks and
    signs, except that between two digits they are one sign: 12/6 is not 1/26. The signs are named one by one, since
    databases do not agree on what a letter is.
  -#}
  {%- set signs = "[]\t !\"#''&()*+,./:;_|`^´‘’“”‐‑–—\u00a0\\\\[-]+" -%}
  {%- set steps = [
    (signs, " "), ("^ | $", ""), ("([^0-9]) ", "\\1"), (" ([^0-9])", "\\1"), ("(^|[^0-9])0+([0-9])", "\\1\\2"),
  ] -%}
  {%- set loose = namespace(sql="upper(" ~ number ~ ")") -%}
  {%- for pattern, instead in steps -%}
    {%- set loose.sql = "regexp_replace(" ~ loose.sql ~ ", '" ~ pattern ~ "', '" ~ instead ~ "', 'g')" -%}
  {%- endfor -%}
  {{ loose.sql }}
{%- endmacro %}
