"""The commands of `bill`, one module for each kind."""
