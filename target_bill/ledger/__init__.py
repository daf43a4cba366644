"""The ledger: everything that was meant to be written, and that was. It outlives the run."""
