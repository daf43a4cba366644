"""Values as programs and people write them: exact JSON, numbers, days, Unicode forms, cells."""
