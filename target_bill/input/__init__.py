"""The way in: a Singer message becomes a document, which waits until the input has ended."""
