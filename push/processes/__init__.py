"""Which processes of this installation are alive, and what becomes of what a dead one left behind."""
