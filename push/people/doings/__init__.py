"""What people did by themselves."""
