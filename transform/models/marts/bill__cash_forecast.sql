-- Money to come and to go, by week: what is due in the week of its due date, what is already scheduled in the week in which
-- its payment is processed. The two have nothing in common: their sum is what is owed. What is
-- below zero is not to be paid: credits and overpaid documents are left out.
with open_documents as (
  select *
  from {{ ref('bill__ap_ar_enhanced') }}
  where document_type in ('bill', 'invoice') and due_amount > 0
),

payments as (
  select
    *, sum(amount) over (partition by organization_id, document_type, document_id) as scheduled
  from {{ ref('int_bill__payments') }}
  where state = 'scheduled' and vendor_credit_id is null
),

-- The payments tell the days of what a document says is scheduled; if they do not add up to it, the due date has to do.
scheduled as (
  select
    document.organization_id, document.document_type, document.document_id,
    coalesce(payment.pay_date, document.aged_from) as day,
    coalesce(payment.amount, document.scheduled_amount) as amount
  from open_documents as document
  left join payments as payment
    on payment.organization_id = document.organization_id
    and payment.document_type = document.document_type
    and payment.document_id = document.document_id
    and payment.scheduled = document.scheduled_amount
  where document.scheduled_amount <> 0
),

amounts as (
  select
    organization_id, document_type, document_id, aged_from as day,
    due_amount - scheduled_amount as due_amount, 0 as scheduled_amount
  from open_documents
  where due_amount <> scheduled_amount
  union all
  select
    organization_id, document_type, document_id, day, 0 as due_amount, amount as scheduled_amount
  from scheduled
)

select
  organization_id,
  case document_type when 'bill' then 'out' else 'in' end as direction,
  {{ bill.first_day_of("week", "greatest(coalesce(day, " ~ bill.as_of() ~ "), " ~ bill.as_of() ~ ")") }} as week_start,
  coalesce(day < {{ bill.as_of() }}, false) as is_overdue,
  {{ bill.money("sum(due_amount)") }} as due_amount,
  {{ bill.money("sum(scheduled_amount)") }} as scheduled_amount,
  count(distinct document_id) as documents,
  {{ bill.days_of_build() }}
from amounts
group by 1, 2, 3, 4
