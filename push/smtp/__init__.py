"""Mail servers: which may be used, and how one is reached."""
