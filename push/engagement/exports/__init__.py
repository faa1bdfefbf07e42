"""A campaign's ledger and events as files, for spreadsheets and warehouses."""
