"""Supervised tuning jobs: from the request to the tuned model."""
