"""Experiments of tuning jobs: contexts of the metadata service, and their series in TensorBoard."""
