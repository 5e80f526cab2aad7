"""Endpoints and answers."""
