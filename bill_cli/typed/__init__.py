"""Texts that a person typed, or a file holds, as BILL wants them."""
