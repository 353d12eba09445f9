"""What the harmonisation report draws and tables, as frames made from the gaps."""
