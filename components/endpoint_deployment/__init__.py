"""Moves the serving endpoint and the champion pointer to a new release."""
