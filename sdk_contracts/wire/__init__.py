"""The wire types of the HTTP API, version 1. Requests refuse unknown fields; responses may grow."""
