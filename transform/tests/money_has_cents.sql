-- Amounts with parts of a cent: the models would round them.
{% set amounts = {
  "bills": ["amount", "paid_amount", "credit_amount", "scheduled_amount", "due_amount"],
  "bill_line_items": ["amount"], "vendor_credits": ["amount", "applied_amount"], "vendor_credit_line_items": ["amount"],
  "bill_pays": ["amount"], "bill_credits": ["amount"],
  "invoices": ["amount", "credit_amount", "scheduled_amount", "amount_due"], "invoice_pays": ["amount"],
} %}
{% for stream, columns in amounts.items() -%}
{% set there = bill.raw_columns(stream) or [] -%}
{% for column in columns if column in there -%}
select '{{ stream }}' as stream, id, {{ column }} as amount
from {{ source('tap_bill', stream) }}
where {{ column }} <> round(cast({{ column }} as numeric(38, 10)), 2)
union all
{% endfor -%}
{% endfor -%}
select '' as stream, '' as id, 0 as amount where false
