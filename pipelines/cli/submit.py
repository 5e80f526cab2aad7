"""`retune submit`: starts the run for a changed dataset, as a build trigger calls it."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from pipelines.cli.output import out, print_json
from pipelines.cli.scheduled_line import ConfigFile, Location, Name, Project, scheduled_line


def submit(
    object_uri: Annotated[str, typer.Option("--object", help="The changed object, gs://BUCKET/FOLDER/train.jsonl.")],
    generation: Annotated[int, typer.Option(min=1, help="The generation that the change made.")],
    config: ConfigFile = None,
    project: Project = "",
    location: Location = "",
    name: Name = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
) -> None:
    """Start the run that the schedule would start, on the folder of a changed dataset file.

    Each complete set of files is submitted once, however often and late its changes are told: the run's identifier is
    made of the files' generations. A message about a file that was replaced since, or whose companions are still
    missing, starts nothing and is no failure. The schedule may be paused.

    Example: retune submit -c retune.yaml --object gs://BUCKET/datasets/7/train.jsonl --generation 1767225600000000
    """
    from components.gcp.schedules import Schedules, find_schedule
    from components.gcp.storage import Storage
    from pipelines.dataset_change import submit_change

    line = scheduled_line(config, project, location, name)
    schedules = Schedules(line.project, line.location)
    schedule = find_schedule(schedules, line.name)
    done = submit_change(schedules, schedule, Storage(line.project), line.name, object_uri, generation)
    if as_json:
        print_json(asdict(done))
    else:
        out.print(f"{done.outcome}: {done.reason}", soft_wrap=True, markup=False)
