{{ bill.staged('bill_pays', {
  "organization_id": "text",
  "id": "text",
  "bill_id": "text",
  "sent_pay_id": "text",
  "payment_status": "text",
  "amount": "money",
  "process_date": "date",
}) }}
