"""What our Singer commands share: the files and messages they are given, the way to their stdout, and how they end."""
