"""Where a folder stands, what changed, how to begin: nothing here computes a result."""
