"""Content kept under a name, to begin campaigns with."""
