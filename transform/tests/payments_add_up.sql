-- Bills whose paid and scheduled amounts are not those of their payments: some were not loaded, or BILL means another thing.
{{ config(severity="warn") }}
with payments as (
  select
    organization_id, document_id,
    sum(case when state = 'paid' and vendor_credit_id is null then amount else 0 end) as paid,
    sum(case when vendor_credit_id is not null then amount else 0 end) as credited,
    sum(case when state = 'scheduled' and vendor_credit_id is null then amount else 0 end) as scheduled
  from {{ ref('int_bill__payments') }}
  where document_type = 'bill'
  group by organization_id, document_id
)
select
  document.organization_id, document.document_id, document.paid, payments.paid as paid_by_payments, document.scheduled,
  payments.scheduled as scheduled_by_payments
from {{ ref('int_bill__documents') }} as document
left join payments using (organization_id, document_id)
where document.document_type = 'bill' and not document.is_deleted
  and {{ bill.is_loaded('bill_pays') }}
  and (
    document.paid not in (coalesce(payments.paid, 0), coalesce(payments.paid, 0) + coalesce(payments.credited, 0))
    or document.scheduled <> coalesce(payments.scheduled, 0)
  )
