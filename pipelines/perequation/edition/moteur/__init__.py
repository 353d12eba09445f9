"""The Papermill engine: a warm server, one forked process a report."""
