"""Looks for likely personal data and secrets in the texts of examples."""
