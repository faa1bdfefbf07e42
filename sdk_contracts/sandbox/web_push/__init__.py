"""A stand-in for browsers' push services."""
