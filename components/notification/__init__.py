"""Tells people how a run ended and why."""
