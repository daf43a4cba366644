"""The command `bill`: every single action of BILL's API, for a person at a terminal and for scripts."""
