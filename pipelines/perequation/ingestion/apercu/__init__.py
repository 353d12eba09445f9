"""How a file would be understood, and the profile proposed for it."""
