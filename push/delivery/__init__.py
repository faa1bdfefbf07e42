"""The pipeline: plan, claim, render, send, settle."""
