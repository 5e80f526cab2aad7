"""From an HTTP request to a checked call, and back."""
