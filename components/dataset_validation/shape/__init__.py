"""Checks one decoded example against the format."""
