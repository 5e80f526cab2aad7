"""Finds prompts that are nearly the same."""
