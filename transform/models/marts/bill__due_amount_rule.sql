-- When the due amounts of an organization fall, by the word of its documents with scheduled payments.
with counted as (
  select
    organization_id, document_type, count(*) as documents,
    sum(case when scheduled <> 0 then 1 else 0 end) as with_scheduled,
    sum(case when due_falls = 'when processed' then 1 else 0 end) as say_processed,
    sum(case when due_falls = 'when scheduled' then 1 else 0 end) as say_scheduled,
    sum(case when due_falls = 'neither' then 1 else 0 end) as say_neither
  from {{ ref('int_bill__documents') }}
  where not is_deleted
  group by organization_id, document_type
)

select
  *,
  case
    when say_processed > say_scheduled then 'when processed'
    when say_scheduled > say_processed then 'when scheduled'
    else 'unknown'
  end as due_falls
from counted
