"""Saying no to letters in one step."""
