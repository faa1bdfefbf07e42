"""HTTP only: routes decode a contract, ask the engine, encode a contract."""
