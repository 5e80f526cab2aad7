"""Kills the tuning task again and again and counts the jobs that were paid for: promise 2 of the design."""
