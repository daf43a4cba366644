{{ bill.staged('received_pays', {
  "organization_id": "text",
  "id": "text",
  "customer_id": "text",
  "status": "text",
  "amount": "money",
  "unapplied_amount": "money",
  "payment_date": "date",
  "updated_time": "instant",
  "lines_version": "text",
}) }}
