"""What the page at `/` is made of: the files that a browser loads, and what of the books it is told."""
