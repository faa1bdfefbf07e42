"""Webhooks: what becomes of campaigns and deliveries, posted to addresses of the app's own, until taken."""
