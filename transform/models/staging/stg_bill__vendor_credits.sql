{{ bill.staged('vendor_credits', {
  "organization_id": "text",
  "id": "text",
  "vendor_id": "text",
  "ref_number": "text",
  "credit_date": "date",
  "gl_posting_date": "date",
  "amount": "money",
  "applied_amount": "money",
  "approval_status": "text",
  "updated_time": "instant",
  "lines_version": "text",
  "is_deleted": "deleted",
}) }}
