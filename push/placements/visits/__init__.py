"""Clicks and scans: who is counted as what, and the counters."""
