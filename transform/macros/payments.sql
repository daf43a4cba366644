{% macro paid_by_document() -%}
  {#- What payments have paid of each document and will pay, and what credits have or will. -#}
  select
    organization_id, document_type, document_id,
    sum(case when state = 'paid' and vendor_credit_id is null then amount else 0 end) as paid,
    sum(case when state = 'scheduled' and vendor_credit_id is null then amount else 0 end) as scheduled,
    sum(case when vendor_credit_id is not null then amount else 0 end) as credited
  from {{ ref('int_bill__payments') }}
  group by organization_id, document_type, document_id
{%- endmacro %}
