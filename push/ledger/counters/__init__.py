"""Numbers folded from the ledger as it is written."""
