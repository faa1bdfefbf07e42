"""What is kept once a person: counts, what was done with broadcasts, and the latest changes."""
