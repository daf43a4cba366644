{% macro loosened(number) -%}
  {#- A number of a document without what people write now and then not: case, blanks, signs, zeros in front. -#}
  regexp_replace(regexp_replace(upper({{ number }}), '[^A-Z0-9]', '', 'g'), '(^|[^0-9])0+([0-9])', '\1\2', 'g')
{%- endmacro %}
