"""An app's devices and people kept in columns, so that rules about a million of them are answered at once."""
