"""A stand-in for Firebase Cloud Messaging's HTTP v1 API."""
