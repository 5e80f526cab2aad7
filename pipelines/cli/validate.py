"""`retune validate`: checks the dataset on this machine, before anything is uploaded."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from components.dataset_validation.checks.limits import strictest_limits
from components.dataset_validation.findings.terminal import render
from components.dataset_validation.lines.data_file import local_file
from components.dataset_validation.validator import validate_dataset
from components.errors import ExitCode, configuration_error
from pipelines.cli.output import out, print_json
from pipelines.config import load_config
from pipelines.submit import local_files


def validate(
    config: Annotated[Path, typer.Option("--config", "-c", help="The configuration file.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print the findings and facts as JSON.")] = False,
) -> None:
    """Check the dataset of a configuration, line by line, without a cloud account.

    Files at gs:// addresses are checked by the run itself.

    Example: retune validate --config examples/support_triage/retune.yaml
    """
    settings = load_config(config)
    files = local_files(settings, config.parent)
    if not files:
        raise configuration_error(
            "CONFIG-REMOTE-DATASET",
            "the dataset lies at gs:// addresses only",
            "start the run: it validates before anything is paid for",
            f"{config}: dataset",
        )
    sources = {split: [local_file(path, f"{split}.jsonl")] for split, path in files.items()}
    report = validate_dataset(sources, settings.validation, strictest_limits(settings.candidate_models()))
    if as_json:
        print_json(report.to_dict())
    else:
        render(report, out)
    if report.errors:
        raise typer.Exit(int(ExitCode.DATASET_INVALID))
