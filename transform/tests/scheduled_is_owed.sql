-- Documents with more scheduled than is owed.
{{ config(severity="warn") }}
select organization_id, document_type, document_id, amount, scheduled_amount, due_amount
from {{ ref('bill__ap_ar_enhanced') }}
where not is_deleted and document_type in ('bill', 'invoice') and scheduled_amount > 0 and scheduled_amount > due_amount
