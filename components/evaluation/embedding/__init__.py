"""Embeddings: how alike answers and references are in the eyes of an embedding model."""
