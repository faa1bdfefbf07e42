"""How many devices come and go, day by day."""
