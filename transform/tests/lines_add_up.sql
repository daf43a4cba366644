-- Documents whose lines do not add up to their amount. Documents without any line were loaded without them.
{{ config(severity="warn") }}
select
  document.organization_id, document.document_type, document.document_id, document.amount, sum(line.amount) as lines
from {{ ref('bill__ap_ar_enhanced') }} as document
inner join {{ ref('bill__spend_lines') }} as line using (organization_id, document_type, document_id)
group by 1, 2, 3, 4
having document.amount <> sum(line.amount)
