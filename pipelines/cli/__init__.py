"""The `retune` command line, one file per command."""
