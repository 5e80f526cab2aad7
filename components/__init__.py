"""The steps of the tuning pipeline: one folder per step, Google SDKs only in `components.gcp`."""
