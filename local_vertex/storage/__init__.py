"""Cloud Storage: objects with generations, and its JSON API."""
