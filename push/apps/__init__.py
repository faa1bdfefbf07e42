"""Tenants, their keys and provider credentials."""
