-- One row per document. What is due here falls when a payment is processed, whichever way BILL tells it: a payment that
-- is only scheduled is still owed, and stands in scheduled_amount besides. Credits are negative.
with owed as (
  select
    document.*,
    case
      when document.due_told is null then document.amount - coalesce(document.paid, 0) - document.credited
      when document.due_falls = 'when scheduled' then document.due_told + document.scheduled
      when document.due_falls = 'when processed' then document.due_told
      when rule.due_falls = 'when scheduled' then document.due_told + document.scheduled
      else document.due_told
    end as due
  from {{ ref('int_bill__documents') }} as document
  left join {{ ref('bill__due_amount_rule') }} as rule
    on rule.organization_id = document.organization_id and rule.document_type = document.document_type
),

applied as (
  select organization_id, vendor_credit_id, sum(amount) as amount
  from {{ ref('int_bill__payments') }}
  where vendor_credit_id is not null
  group by organization_id, vendor_credit_id
),

credits as (
  select
    credit.organization_id, 'vendor_credit' as document_type, credit.id as document_id,
    credit.ref_number as document_number, credit.vendor_id as party_id, credit.credit_date as document_date,
    credit.amount, coalesce(credit.applied_amount, applied.amount, 0) as applied, credit.approval_status,
    credit.is_deleted
  from {{ ref('stg_bill__vendor_credits') }} as credit
  left join applied on applied.organization_id = credit.organization_id and applied.vendor_credit_id = credit.id
  union all
  select
    organization_id, 'credit_memo' as document_type, id as document_id, reference_number as document_number,
    customer_id as party_id, credit_date as document_date, amount,
    -- Where BILL says no amount, nothing is known of what was applied either.
    case when amount is not null then coalesce(applied_amount, 0) end as applied,
    cast(null as text) as approval_status, is_deleted
  from {{ ref('stg_bill__credit_memos') }}
),

documents as (
  select
    organization_id, document_type, document_id, document_number, party_id, document_date, due_date, aged_from,
    amount, amount - due as paid_amount,
    case when is_deleted then 0 else scheduled end as scheduled_amount,
    case when is_deleted then 0 else due end as due_amount,
    payment_status, approval_status, is_denied, is_deleted
  from owed
  union all
  select
    organization_id, document_type, document_id, document_number, party_id, document_date,
    cast(null as date) as due_date, cast(null as date) as aged_from, -amount as amount, -applied as paid_amount, 0 as scheduled_amount,
    case when is_deleted then 0 else applied - amount end as due_amount,
    cast(null as text) as payment_status, approval_status, coalesce(approval_status = '5', false) as is_denied,
    is_deleted
  from credits
),

parties as (
  select organization_id, 'bill' as document_type, id, name, is_deleted from {{ ref('stg_bill__vendors') }}
  union all
  select organization_id, 'vendor_credit', id, name, is_deleted from {{ ref('stg_bill__vendors') }}
  union all
  select organization_id, 'invoice', id, name, is_deleted from {{ ref('stg_bill__customers') }}
  union all
  select organization_id, 'credit_memo', id, name, is_deleted from {{ ref('stg_bill__customers') }}
)

select
  document.organization_id,
  document.document_type,
  document.document_id,
  document.document_number,
  document.party_id,
  party.name as party_name,
  party.is_deleted as party_is_deleted,
  document.document_date,
  document.due_date,
  document.aged_from,
  {{ bill.money('document.amount') }} as amount,
  {{ bill.money('document.paid_amount') }} as paid_amount,
  {{ bill.money('document.scheduled_amount') }} as scheduled_amount,
  {{ bill.money('document.due_amount') }} as due_amount,
  cast(
    case
      when document.due_amount > 0 and document.aged_from < {{ bill.as_of() }}
        then {{ bill.as_of() }} - document.aged_from
      else 0
    end as integer
  ) as days_overdue,
  case
    when document.document_type in ('bill', 'invoice')
      then coalesce(payment_label.meaning, document.payment_status)
    when document.amount is null then null
    when document.paid_amount = document.amount then 'applied'
    when document.paid_amount <> 0 then 'partially applied'
    else 'open'
  end as status,
  coalesce(approval_label.meaning, document.approval_status) as approval_status,
  document.is_denied,
  document.is_deleted,
  {{ bill.days_of_build() }}
from documents as document
left join parties as party
  on party.organization_id = document.organization_id
  and party.document_type = document.document_type
  and party.id = document.party_id
left join {{ ref('stg_bill__code_labels') }} as payment_label
  on payment_label.entity = case document.document_type when 'bill' then 'Bill' when 'invoice' then 'Invoice' end
  and payment_label.field = 'payment_status'
  and payment_label.code = document.payment_status
left join {{ ref('stg_bill__code_labels') }} as approval_label
  on approval_label.entity
    = case document.document_type when 'bill' then 'Bill' when 'vendor_credit' then 'VendorCredit' end
  and approval_label.field = 'approval_status'
  and approval_label.code = document.approval_status
