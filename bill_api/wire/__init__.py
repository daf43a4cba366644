"""The way of a call: HTTP, session, limits, repetitions."""
