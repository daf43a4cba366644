-- Documents whose amounts fit neither answer to when the due amount falls: it is taken as BILL tells it.
{{ config(severity="warn") }}
select organization_id, document_type, document_id, amount, paid, credited, scheduled, due_told
from {{ ref('int_bill__documents') }}
where due_falls = 'neither' and not is_deleted
