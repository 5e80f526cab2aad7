"""The image that every task runs in."""

IMAGE = "retune"
"""Placeholder of the compiled pipeline; `retune compile --image` puts the real reference in its place."""
