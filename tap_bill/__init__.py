"""Singer tap: BILL to SCHEMA, RECORD and STATE."""
