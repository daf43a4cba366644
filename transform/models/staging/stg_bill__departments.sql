{{ bill.staged('departments', {
  "organization_id": "text",
  "id": "text",
  "name": "text",
  "is_deleted": "deleted",
}) }}
