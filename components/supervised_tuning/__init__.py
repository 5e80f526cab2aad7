"""Starts or adopts one tuning job per fingerprint and waits for it."""
