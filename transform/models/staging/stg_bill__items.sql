{{ bill.staged('items', {
  "organization_id": "text",
  "id": "text",
  "name": "text",
  "type": "text",
  "expense_account": "text",
  "chart_of_account_id": "text",
  "is_deleted": "deleted",
}) }}
