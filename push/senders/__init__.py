"""One folder a provider: how it is reached, and what its answers mean."""
