"""The engine: decides, remembers, delivers."""
