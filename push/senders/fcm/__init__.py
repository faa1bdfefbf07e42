"""Firebase Cloud Messaging, HTTP v1: Android, iOS."""
