"""Singer tap: CSV files to documents with lines."""
