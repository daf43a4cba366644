-- Pairs of bills of one vendor that may be one bill: by number, by nearly the same number, or by amount and day.
with bills as (
  select
    organization_id, id, vendor_id, invoice_number, invoice_date, amount,
    upper(trim(invoice_number)) as number,
    {{ bill.loosened('invoice_number') }} as loose_number
  from {{ ref('stg_bill__bills') }}
  where not is_deleted
),

pairs as (
  {% for reason, same in [
    ("same number", "one.number = other.number"),
    ("alike number", "one.loose_number = other.loose_number and one.loose_number <> '' and one.number <> other.number"),
    (
      "same amount",
      "one.amount = other.amount and one.amount <> 0 and one.invoice_date - other.invoice_date between -"
      ~ var("duplicate_days") ~ " and " ~ var("duplicate_days")
      ~ " and (one.loose_number = '' or one.loose_number is distinct from other.loose_number)"
      ~ " and one.number is distinct from other.number",
    ),
  ] -%}
  select one.organization_id, one.vendor_id, one.id as id_1, other.id as id_2, '{{ reason }}' as reason
  from bills as one
  inner join bills as other
    on other.organization_id = one.organization_id
    and other.vendor_id = one.vendor_id
    and {{ same }}
    and (coalesce(one.invoice_date, date '1900-01-01'), one.id)
      < (coalesce(other.invoice_date, date '1900-01-01'), other.id)
  {{ "union all" if not loop.last }}
  {% endfor %}
)

select
  pair.organization_id,
  pair.vendor_id,
  vendor.name as vendor_name,
  one.id as bill_id_1,
  one.invoice_number as invoice_number_1,
  one.invoice_date as invoice_date_1,
  one.amount as amount_1,
  other.id as bill_id_2,
  other.invoice_number as invoice_number_2,
  other.invoice_date as invoice_date_2,
  other.amount as amount_2,
  cast(other.invoice_date - one.invoice_date as integer) as days_apart,
  pair.reason
from pairs as pair
inner join bills as one on one.organization_id = pair.organization_id and one.id = pair.id_1
inner join bills as other on other.organization_id = pair.organization_id and other.id = pair.id_2
left join {{ ref('stg_bill__vendors') }} as vendor
  on vendor.organization_id = pair.organization_id and vendor.id = pair.vendor_id
