"""A campaign before it goes out: what is wrong with it, and how it will look."""
