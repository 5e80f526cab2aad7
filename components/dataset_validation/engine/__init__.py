"""Reads files in chunks, in one process or several, and merges what the chunks say."""
