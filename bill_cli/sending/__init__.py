"""Writes: what is sent once, and what came of it."""
