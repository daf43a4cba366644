"""Reading of lists that change while they are read."""
