"""Which campaign brought about what a person did."""
