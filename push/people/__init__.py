"""Persons, consent and preferences."""
