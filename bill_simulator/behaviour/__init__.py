"""Behaviour that a test can set: switches, limits, scripted faults; and the refusals."""
