"""The parts that all our commands share: start, ending and its codes, settings, variables, streams, console, errors."""
