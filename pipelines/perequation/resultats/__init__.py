"""Averages, pass rates and what may be said of small groups."""
