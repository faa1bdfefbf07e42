"""One row per campaign and recipient, and the counters folded from them."""
