"""Decides whether a run tunes, reuses or refuses, and what it will cost."""
