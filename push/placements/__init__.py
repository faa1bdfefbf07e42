"""Places outside the app that carry a tracked link or a QR code."""
