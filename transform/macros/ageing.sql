{% macro ageing(party, document, credit) %}
{#- Open documents of one kind of party, by the days since they were due; credits are netted in `total`. -#}
with open_documents as (
  select
    *, document_type = '{{ credit }}' as is_credit,
    {{ bill.as_of() }} - aged_from as days
  from {{ ref('bill__ap_ar_enhanced') }}
  where document_type in ('{{ document }}', '{{ credit }}') and due_amount <> 0
)

select
  {{ bill.days_of_build() }},
  organization_id,
  party_id as {{ party }}_id,
  max(party_name) as {{ party }}_name,
  bool_or(party_is_deleted) as {{ party }}_is_deleted,
  count(*) as documents,
  {%- set buckets = {
    "not_due": "coalesce(days, 0) <= 0", "days_1_30": "days between 1 and 30", "days_31_60": "days between 31 and 60",
    "days_61_90": "days between 61 and 90", "days_over_90": "days > 90",
  } %}
  {%- for name, is_in in buckets.items() %}
  {{ bill.money("sum(case when not is_credit and " ~ is_in ~ " then due_amount else 0 end)") }} as {{ name }},
  {%- endfor %}
  {{ bill.money("sum(case when is_credit then due_amount else 0 end)") }} as credits,
  {{ bill.money("sum(scheduled_amount)") }} as scheduled,
  {{ bill.money("sum(case when not is_credit and is_denied then due_amount else 0 end)") }} as denied,
  {{ bill.money("sum(due_amount)") }} as total
from open_documents
group by organization_id, party_id
{% endmacro %}
