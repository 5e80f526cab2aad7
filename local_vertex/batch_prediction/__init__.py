"""Batch prediction: files of requests, answered in one job."""
