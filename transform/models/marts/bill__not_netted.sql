-- What lowers the receivables of an organization, and no figure of the ageing: credit memos whose amount BILL does not
-- tell (17.13), and what customers' payments have left that is applied to no invoice (17.10).
select
  organization_id,
  'credit_memo' as kind,
  count(*) as documents,
  cast(null as numeric(18, 2)) as amount,
  {{ bill.days_of_build() }}
from {{ ref('bill__ap_ar_enhanced') }}
where document_type = 'credit_memo' and due_amount is null and not is_deleted
group by organization_id
union all
select
  organization_id,
  'received_pay' as kind,
  count(*) as documents,
  {{ bill.money("sum(unapplied_amount)") }} as amount,
  {{ bill.days_of_build() }}
from {{ ref('stg_bill__received_pays') }}
where unapplied_amount <> 0 and status in ('0', '4')
group by organization_id
