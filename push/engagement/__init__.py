"""What devices report, and the numbers that move with it."""
