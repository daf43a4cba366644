-- What was open on each day on which the models were built: BILL cannot tell the past. A day that is built again is
-- replaced, a full refresh keeps what is there, and `as_of` has no say: a balance is of the day on which it was read.
{{ config(
  materialized="incremental",
  incremental_strategy="append",
  full_refresh=false,
  on_schema_change="append_new_columns",
  pre_hook="{% if is_incremental() %}delete from {{ this }} where day = {{ bill.built_on() }}{% endif %}",
) }}
select
  {{ bill.built_on() }} as day,
  organization_id,
  document_type,
  document_id,
  party_id,
  due_date,
  aged_from,
  due_amount
from {{ ref('bill__ap_ar_enhanced') }}
where due_amount <> 0
