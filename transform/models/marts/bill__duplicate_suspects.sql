-- Pairs of bills that may be one: by number, by nearly the same number, by amount and day, or by all three at two vendors.
-- Each bill is paired with the next one alone, so that a hundred alike are 99 rows, and not 4,950.
with bills as (
  select
    organization_id, id, vendor_id, invoice_number, invoice_date, amount,
    coalesce(invoice_date, date '1900-01-01') as day,
    upper(trim(coalesce(invoice_number, ''))) as number,
    {{ bill.loosened("coalesce(invoice_number, '')") }} as loose_number
  from {{ ref('stg_bill__bills') }}
  where not is_deleted
),

pairs as (
  {% for reason, together, among, are_suspected in [
    ("same number", "vendor_id, number", "number <> ''", "true"),
    ("alike number", "vendor_id, loose_number", "loose_number <> ''", "one.number <> other.number"),
    (
      "same amount", "vendor_id, amount", "amount <> 0 and invoice_date is not null",
      "other.day - one.day <= " ~ var("duplicate_days")
      ~ " and (one.loose_number = '' or one.loose_number <> other.loose_number)"
      ~ " and (one.number = '' or one.number <> other.number)",
    ),
    (
      "same number, other vendor", "loose_number, invoice_date, amount",
      "loose_number <> '' and amount <> 0 and invoice_date is not null", "one.vendor_id <> other.vendor_id",
    ),
  ] -%}
  select one.organization_id, one.id as id_1, other.id as id_2, '{{ reason }}' as reason
  from (
    select *, lead(id) over (partition by organization_id, {{ together }} order by day, vendor_id, id) as next_id
    from bills
    where {{ among }}
  ) as one
  inner join bills as other on other.organization_id = one.organization_id and other.id = one.next_id
  where {{ are_suspected }}
  {{ "union all" if not loop.last }}
  {% endfor %}
)

select
  pair.organization_id,
  one.vendor_id,
  vendor.name as vendor_name,
  case when other.vendor_id <> one.vendor_id then other.vendor_id end as other_vendor_id,
  case when other.vendor_id <> one.vendor_id then other_vendor.name end as other_vendor_name,
  one.id as bill_id_1,
  one.invoice_number as invoice_number_1,
  one.invoice_date as invoice_date_1,
  one.amount as amount_1,
  other.id as bill_id_2,
  other.invoice_number as invoice_number_2,
  other.invoice_date as invoice_date_2,
  other.amount as amount_2,
  cast(other.invoice_date - one.invoice_date as integer) as days_apart,
  pair.reason,
  {{ bill.days_of_build() }}
from pairs as pair
inner join bills as one on one.organization_id = pair.organization_id and one.id = pair.id_1
inner join bills as other on other.organization_id = pair.organization_id and other.id = pair.id_2
left join {{ ref('stg_bill__vendors') }} as vendor
  on vendor.organization_id = pair.organization_id and vendor.id = one.vendor_id
left join {{ ref('stg_bill__vendors') }} as other_vendor
  on other_vendor.organization_id = pair.organization_id and other_vendor.id = other.vendor_id
