"""People and devices in bulk: a stream of lines, stored piece by piece, resumed where it was cut."""
