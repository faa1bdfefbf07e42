"""The engine: decides, remembers, delivers."""

__version__ = "0.1.0"
