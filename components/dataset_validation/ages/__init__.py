"""Reads the dates of examples and reports those that are out of date."""
