"""Ranks labels that are probably wrong, and applies what an expert decided."""
