"""Results on stdout."""
