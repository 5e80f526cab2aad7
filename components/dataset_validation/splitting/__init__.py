"""Divides examples into training, validation and test sides, and takes repeated ones out."""
