-- Bills whose paid and scheduled amounts are not those of their payments: some were not loaded, or BILL means another
-- thing.
{{ config(severity="warn") }}
with payments as (
  {{ bill.paid_by_document() }}
)
select
  document.organization_id, document.document_id, document.paid, payments.paid as paid_by_payments, document.scheduled,
  payments.scheduled as scheduled_by_payments
from {{ ref('int_bill__documents') }} as document
left join payments using (organization_id, document_type, document_id)
where document_type = 'bill' and not document.is_deleted
  and {{ bill.is_loaded('bill_pays') }}
  and (
    document.paid not in (coalesce(payments.paid, 0), coalesce(payments.paid, 0) + coalesce(payments.credited, 0))
    or document.scheduled <> coalesce(payments.scheduled, 0)
  )
