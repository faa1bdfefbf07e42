"""Whose deliveries have become somebody else's a moment ago."""
