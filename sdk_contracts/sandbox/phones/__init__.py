"""Simulated phones that speak Fanfare's public API only."""
