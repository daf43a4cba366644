"""Writes whose answers were lost."""
