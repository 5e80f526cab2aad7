"""Checks the files that examples name: by their number and types always, by what is stored when asked."""
