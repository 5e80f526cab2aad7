"""Turns datasets of other services into Gemini's tuning format."""
