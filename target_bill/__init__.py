"""Singer target: RECORD to plan, ledger, bulk calls and outcomes."""
