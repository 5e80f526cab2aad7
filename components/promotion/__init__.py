"""Brings a version that serves in one environment to another one."""
