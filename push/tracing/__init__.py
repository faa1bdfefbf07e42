"""What became of one campaign for one person, and why."""
