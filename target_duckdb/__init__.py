"""Singer target: any stream into DuckDB, exactly."""
