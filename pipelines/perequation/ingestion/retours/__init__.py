"""Sheets sent back to whoever wrote a file: row, problem, correction."""
