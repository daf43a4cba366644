"""Sameness: keys of objects, references by name, totals and differences."""
