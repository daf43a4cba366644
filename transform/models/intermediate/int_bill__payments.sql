-- What payments and credits paid of each document, or will pay: `state` is paid or scheduled; canceled and void ones
-- are left out. `vendor_credit_id` is there where a credit paid, and no money.
--
-- Codes (docs/entities.md): BillPay 1 scheduled, 2 paid; SentPay 0 approving, 1 scheduled, 2 paid, 5 escheated;
-- ReceivedPay 0 paid, 2 scheduled, 4 escheated. What was escheated has been paid.
with bill_pays as (
  select
    organization_id, 'bill' as document_type, bill_id as document_id, process_date as pay_date, amount,
    case payment_status when '2' then 'paid' when '1' then 'scheduled' end as state,
    cast(null as text) as vendor_credit_id
  from {{ ref('stg_bill__bill_pays') }}
),

-- A credit has no status of its own: it goes with its payment.
bill_credits as (
  select
    credit.organization_id, 'bill' as document_type, credit.bill_id as document_id,
    payment.process_date as pay_date, credit.amount,
    case
      when payment.status is null or payment.status in ('2', '5') then 'paid'
      when payment.status in ('0', '1') then 'scheduled'
    end as state,
    credit.vendor_credit_id
  from {{ ref('stg_bill__bill_credits') }} as credit
  left join {{ ref('stg_bill__sent_pays') }} as payment
    on payment.organization_id = credit.organization_id and payment.id = credit.sent_pay_id
),

invoice_pays as (
  select
    part.organization_id, 'invoice' as document_type, part.invoice_id as document_id,
    payment.payment_date as pay_date, part.amount,
    case when payment.status in ('0', '4') then 'paid' when payment.status = '2' then 'scheduled' end as state,
    cast(null as text) as vendor_credit_id
  from {{ ref('stg_bill__invoice_pays') }} as part
  inner join {{ ref('stg_bill__received_pays') }} as payment
    on payment.organization_id = part.organization_id
    and payment.id = part.received_pay_id
    and payment.lines_version = part.lines_version
)

select * from bill_pays where state is not null
union all
select * from bill_credits where state is not null
union all
select * from invoice_pays where state is not null
