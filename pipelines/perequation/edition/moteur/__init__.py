"""A Papermill engine: notebooks run in children forked from a warm server.

It imports nothing of the package but itself. A program that renders many notebooks says which modules
of its own the server imports before it forks, by `process.preheat`.
"""
