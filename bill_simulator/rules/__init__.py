"""BILL's rules: login, create, update and delete, lines, values, uniqueness, lists, bulk calls."""
