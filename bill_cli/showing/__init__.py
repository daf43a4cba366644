"""Results on stdout, and how far a long work is on stderr."""
