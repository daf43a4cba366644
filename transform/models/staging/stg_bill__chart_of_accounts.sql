{{ bill.staged('chart_of_accounts', {
  "organization_id": "text",
  "id": "text",
  "name": "text",
  "account_number": "text",
  "account_type": "text",
  "is_deleted": "deleted",
}) }}
