"""The files that `bill init` writes, and the proof that they work."""
