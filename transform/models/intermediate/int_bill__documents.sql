-- Bills and invoices with what BILL says of their payment, and what that says of `due_told`.
--
-- It is unknown (17.7 of docs/bill-facts.md) whether the due amount falls when a payment is scheduled or when it is
-- processed, and whether the paid amount has the credits in it (17.5). Each document whose amounts leave one answer
-- open says which it is: `due_falls` is its word.
with paid as (
  {{ bill.paid_by_document() }}
),

documents as (
  select
    organization_id, 'bill' as document_type, id as document_id, invoice_number as document_number,
    vendor_id as party_id, invoice_date as document_date, due_date, amount, paid_amount as paid_told,
    credit_amount as credit_told, scheduled_amount as scheduled_told, due_amount as due_told,
    payment_status, approval_status, is_deleted
  from {{ ref('stg_bill__bills') }}
  union all
  select
    organization_id, 'invoice' as document_type, id as document_id, invoice_number as document_number,
    customer_id as party_id, invoice_date as document_date, due_date, amount, cast(null as numeric(18, 2)) as paid_told,
    credit_amount as credit_told, scheduled_amount as scheduled_told, amount_due as due_told,
    payment_status, cast(null as text) as approval_status, is_deleted
  from {{ ref('stg_bill__invoices') }}
),

amounts as (
  select
    document.*,
    -- A bill that says no paid amount has none paid (17.2); of an invoice its payments say it, if they are there.
    cast(
      case
        when document.document_type = 'bill' then coalesce(document.paid_told, paid.paid, 0)
        {%- if bill.is_loaded('invoice_pays') and bill.is_loaded('received_pays') %}
        else coalesce(paid.paid, 0)
        {%- endif %}
      end as numeric(18, 2)
    ) as paid,
    {{ bill.money('coalesce(document.credit_told, paid.credited, 0)') }} as credited,
    {{ bill.money('coalesce(document.scheduled_told, paid.scheduled, 0)') }} as scheduled
  from documents as document
  left join paid
    on paid.organization_id = document.organization_id
    and paid.document_type = document.document_type
    and paid.document_id = document.document_id
),

answers as (
  select
    *,
    due_told in (amount - paid - credited, amount - paid) as fits_processed,
    due_told in (amount - paid - credited - scheduled, amount - paid - scheduled) as fits_scheduled
  from amounts
)

select
  organization_id, document_type, document_id, document_number, party_id, document_date, due_date,
  -- The day from which it is late: the document's own where it has no due date.
  coalesce(due_date, document_date) as aged_from,
  amount, paid, credited, scheduled, due_told, payment_status, approval_status,
  coalesce(approval_status = '5', false) as is_denied,  -- 7.24
  is_deleted,
  case
    when due_told is null or paid is null then 'not told'
    when not fits_processed and not fits_scheduled then 'neither'
    when scheduled = 0 or (fits_processed and fits_scheduled) then 'either'
    when fits_processed then 'when processed'
    else 'when scheduled'
  end as due_falls
from answers
