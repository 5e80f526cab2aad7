"""The catalogue of everything that is checked."""
