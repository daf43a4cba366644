"""The entity table's own words: entities, fields, kinds of values, queries and paths."""
