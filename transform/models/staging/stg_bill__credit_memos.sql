{{ bill.staged('credit_memos', {
  "organization_id": "text",
  "id": "text",
  "customer_id": "text",
  "reference_number": "text",
  "credit_date": "date",
  "amount": "money",
  "applied_amount": "money",
  "is_deleted": "deleted",
}) }}
