"""Web Push: browsers, by RFC 8030, 8291 and 8292."""
