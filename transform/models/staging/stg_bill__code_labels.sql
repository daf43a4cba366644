{{ bill.staged('code_labels', {
  "entity": "text",
  "field": "text",
  "code": "text",
  "meaning": "text",
}) }}
