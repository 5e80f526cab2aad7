"""Inference on a service that fails, by processes that are killed: every row is there once, and is its own."""
