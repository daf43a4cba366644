"""Rows into documents with lines: what the settings and a header say, and what the rows hold."""
