"""Schedules: pipeline jobs that start by the clock."""
