"""From bytes to rows of text, each with its file and its line."""
