"""BILL's answers, held against what they can be before anything believes them."""
