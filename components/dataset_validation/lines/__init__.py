"""Reads a file line by line: fast where a line is plain, exactly where it is not."""
