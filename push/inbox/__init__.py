"""A person's message centre."""
