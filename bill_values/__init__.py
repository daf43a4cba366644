"""Values as programs and people write them, and the names by which commands know each other's records and files."""
