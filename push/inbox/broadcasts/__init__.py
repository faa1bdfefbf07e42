"""Items for everybody, stored once and joined in when an inbox is read."""
