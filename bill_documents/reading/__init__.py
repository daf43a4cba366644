"""Files: found, opened, and cut into rows."""
