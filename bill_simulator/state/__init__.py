"""State of one simulator: organizations, sessions, books, attachments, clock, request log."""
