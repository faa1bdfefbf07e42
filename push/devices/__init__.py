"""Installations, their addresses and registration."""
