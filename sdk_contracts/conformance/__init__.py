"""Whether a server, or an SDK, keeps the phone's contract: `python -m sdk_contracts.conformance --help`."""
