"""Adapters to Google Cloud: the only place that imports Google SDKs, one module per service."""
