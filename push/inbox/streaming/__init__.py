"""An inbox as it happens."""
