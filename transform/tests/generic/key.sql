-- Rows without a value in a column of their key, and keys of several rows.
{% test key(model, columns) %}
select {{ columns | join(", ") }}, count(*) as times
from {{ model }}
group by {{ columns | join(", ") }}
having count(*) > 1 or {{ columns | join(" is null or ") }} is null
{% endtest %}
