"""Campaigns that a person's own events set off."""
