"""Asks base, champion and candidates the same questions and compares the answers."""
