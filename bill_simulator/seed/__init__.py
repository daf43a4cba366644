"""Invented books, the same for the same seed."""
