"""`python -m pipelines.cli` is `retune`."""

from pipelines.cli.main import main

main()
