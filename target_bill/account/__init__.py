"""Every record accounted for: the report, and the rejected records."""
