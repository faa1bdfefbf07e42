"""Letters, by the app's own mail server."""
