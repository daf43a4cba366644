{{ bill.staged('invoice_pays', {
  "organization_id": "text",
  "id": "text",
  "invoice_id": "text",
  "received_pay_id": "text",
  "amount": "money",
  "lines_version": "text",
}) }}
