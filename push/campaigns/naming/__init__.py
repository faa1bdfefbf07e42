"""Campaigns as rules and segments ask for them."""
