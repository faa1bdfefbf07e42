"""What is happening now, for everybody who watches."""
