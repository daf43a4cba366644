{{ bill.staged('actg_classes', {
  "organization_id": "text",
  "id": "text",
  "name": "text",
  "is_deleted": "deleted",
}) }}
