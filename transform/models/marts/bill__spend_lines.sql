-- One row per line of a bill, and per line of a vendor credit with its amount below zero. Lines of an earlier version
-- of their document, and lines of deleted documents, are left out.
with documents as (
  select
    organization_id, 'bill' as document_type, id as document_id, vendor_id,
    coalesce(gl_posting_date, invoice_date) as day, lines_version, 1 as sign
  from {{ ref('stg_bill__bills') }}
  where not is_deleted
  union all
  select
    organization_id, 'vendor_credit' as document_type, id as document_id, vendor_id,
    coalesce(gl_posting_date, credit_date) as day, lines_version, -1 as sign
  from {{ ref('stg_bill__vendor_credits') }}
  where not is_deleted
),

lines as (
  {% for document_type, stream, document_id in [
    ("bill", "bill_line_items", "bill_id"), ("vendor_credit", "vendor_credit_line_items", "vendor_credit_id"),
  ] -%}
  select
    organization_id, '{{ document_type }}' as document_type, {{ document_id }} as document_id, id as line_id, amount,
    chart_of_account_id, department_id, location_id, actg_class_id, job_id, item_id, lines_version
  from {{ ref('stg_bill__' ~ stream) }}
  {{ "union all" if not loop.last }}
  {% endfor %}
)

select
  line.organization_id,
  line.document_type,
  line.document_id,
  line.line_id,
  document.vendor_id,
  vendor.name as vendor_name,
  vendor.is_deleted as vendor_is_deleted,
  account.id as account_id,
  case
    when item.id is not null and line.chart_of_account_id is null and item.expense_account is null
      then '(no purchase account)'
    else account.name
  end as account_name,
  account.account_number,
  department.name as department_name,
  location.name as location_name,
  class.name as class_name,
  job.name as job_name,
  item.name as item_name,
  {{ bill.first_day_of("month", "document.day") }} as month,
  {{ bill.money("document.sign * line.amount") }} as amount,
  {{ bill.days_of_build() }}
from lines as line
inner join documents as document
  on document.organization_id = line.organization_id
  and document.document_type = line.document_type
  and document.document_id = line.document_id
  and document.lines_version = line.lines_version
left join {{ ref('stg_bill__items') }} as item
  on item.organization_id = line.organization_id and item.id = line.item_id
-- A line of an item has no account: what is bought goes to the item's account for purchases; its other one is for sales.
left join {{ ref('stg_bill__chart_of_accounts') }} as account
  on account.organization_id = line.organization_id
  and account.id = coalesce(line.chart_of_account_id, item.expense_account)
{%- for name, stream in [
  ("vendor", "vendors"), ("department", "departments"), ("location", "locations"), ("class", "actg_classes"),
  ("job", "jobs"),
] %}
left join {{ ref('stg_bill__' ~ stream) }} as {{ name }}
  on {{ name }}.organization_id = line.organization_id
  {%- if name == "vendor" %} and vendor.id = document.vendor_id
  {%- elif name == "class" %} and class.id = line.actg_class_id
  {%- else %} and {{ name }}.id = line.{{ name }}_id
  {%- endif %}
{%- endfor %}
