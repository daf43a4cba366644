"""BILL (Bill.com) API v2 without a word of Singer: entity table, session, limits, errors, client."""
