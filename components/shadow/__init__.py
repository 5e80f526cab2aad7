"""Replays logged prompts against champion and candidate, and compares them without touching traffic."""
