"""What a task was given and what it made, read from KFP's executor messages (`ExecutorInput`, `ExecutorOutput`)."""

from __future__ import annotations

import json
from pathlib import Path

from local_vertex.calls import Json


def executor_input(command: list[str]) -> Json:
    """The ExecutorInput message, which every lightweight Python component has on its command line."""
    return dict(json.loads(command[command.index("--executor_input") + 1]))


def inputs(message: Json) -> Json:
    """The task's `parameters` and `artifacts`, each by port."""
    given = message.get("inputs", {})
    return {"parameters": given.get("parameterValues", {}), "artifacts": given.get("artifacts", {})}


def outputs(message: Json) -> Json:
    """The `parameters` and `artifacts` that a successful task left, each by port."""
    declared = message["outputs"]
    file = Path(declared["outputFile"])
    written: Json = json.loads(file.read_text()) if file.exists() else {}
    return {"parameters": _parameters(declared, written), "artifacts": _artifacts(declared, written)}


def _parameters(declared: Json, written: Json) -> Json:
    returned: Json = written.get("parameterValues", {})
    # An `OutputPath` is a file of its own.
    files = {name: Path(output["outputFile"]) for name, output in declared.get("parameters", {}).items()}
    texts = {name: file.read_text() for name, file in files.items() if name not in returned and file.exists()}
    return {**returned, **texts}


def _artifacts(declared: Json, written: Json) -> Json:
    made: Json = {}
    for port, given in declared.get("artifacts", {}).items():
        final = written.get("artifacts", {}).get(port, given)["artifacts"]
        # What the component wrote has the final URI and metadata, what it was given has the type.
        made[port] = {"artifacts": [{**given["artifacts"][0], **artifact} for artifact in final]}
    return made
