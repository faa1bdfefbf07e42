"""What crosses the wire: contracts, exported schemas, SDKs, and the sandbox that stands in for the outside world."""
