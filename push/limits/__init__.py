"""What protects people from too much: quiet hours, which hold back, and the frequency cap, which leaves out."""
