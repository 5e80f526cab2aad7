"""Checks a tuning dataset completely and copies it to a snapshot."""
