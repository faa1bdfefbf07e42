"""How far campaigns have been planned."""
