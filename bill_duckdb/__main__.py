"""`python -m bill_duckdb`, the same as the command `bill-target-duckdb`."""

from bill_duckdb.target import TargetDuckDB

if __name__ == "__main__":
    TargetDuckDB.cli()
