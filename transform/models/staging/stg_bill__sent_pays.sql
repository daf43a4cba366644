{{ bill.staged('sent_pays', {
  "organization_id": "text",
  "id": "text",
  "vendor_id": "text",
  "status": "text",
  "amount": "money",
  "process_date": "date",
  "name": "text",
}) }}
