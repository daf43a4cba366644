{{ bill.staged('bill_credits', {
  "organization_id": "text",
  "id": "text",
  "bill_id": "text",
  "sent_pay_id": "text",
  "vendor_credit_id": "text",
  "amount": "money",
}) }}
