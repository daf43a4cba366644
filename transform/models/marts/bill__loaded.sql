-- Rows of each stream by organization, of streams without any too: such a list is empty in BILL, or was not read.
{% set streams = [
  "bills", "bill_line_items", "vendor_credits", "vendor_credit_line_items", "bill_pays", "bill_credits", "sent_pays",
  "invoices", "invoice_pays", "received_pays", "credit_memos", "vendors", "customers",
  "chart_of_accounts", "departments", "locations", "actg_classes", "jobs", "items",
] -%}
with counted as (
  {% for each in streams -%}
  select organization_id, '{{ each }}' as stream, count(*) as row_count
  from {{ ref('stg_bill__' ~ each) }}
  group by organization_id
  {{ "union all" if not loop.last }}
  {% endfor %}
),

organizations as (
  select distinct organization_id from counted
),

streams as (
  {% for each in streams -%}
  select '{{ each }}' as stream
  {{ "union all" if not loop.last }}
  {% endfor %}
)

select
  organizations.organization_id,
  streams.stream,
  coalesce(counted.row_count, 0) as row_count,
  {{ bill.days_of_build() }}
from organizations
cross join streams
left join counted
  on counted.organization_id = organizations.organization_id and counted.stream = streams.stream
