"""What a message says, and how it is made for one person."""
