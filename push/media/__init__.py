"""Images that were uploaded, served from here."""
