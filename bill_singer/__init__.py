"""What our Singer commands share: the files and messages they are given, and the way to their stdout."""
