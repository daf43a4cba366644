-- Documents whose lines do not add up to their amount, or are not there although others of the organization are.
{{ config(severity="warn") }}
with lines as (
  select organization_id, document_type, document_id, sum(amount) as amount
  from {{ ref('bill__spend_lines') }}
  group by organization_id, document_type, document_id
)
select document.organization_id, document.document_type, document.document_id, document.amount, lines.amount as lines
from {{ ref('bill__ap_ar_enhanced') }} as document
inner join {{ ref('bill__loaded') }} as loaded
  on loaded.organization_id = document.organization_id
  and loaded.stream = document.document_type || '_line_items'
  and loaded.row_count > 0
left join lines
  on lines.organization_id = document.organization_id
  and lines.document_type = document.document_type
  and lines.document_id = document.document_id
where document.document_type in ('bill', 'vendor_credit') and not document.is_deleted
  and document.amount <> coalesce(lines.amount, 0)
