"""The parts that all our commands share: start, settings and their variables, streams, console, errors for people."""
