"""Rules kept under a name."""
