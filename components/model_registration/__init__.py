"""Marks the winning model version in the registry."""
