"""The compiled pipeline that a command is given: a file, or a template of the registry that cannot change."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from components.errors import configuration_error
from components.gcp.template_registry import PINNED, TemplateRegistry, split_template
from pipelines.compiler import read_pipeline


def given_pipeline(named: str) -> dict[str, Any]:
    """What `retune compile` wrote, from this machine or from where a release stored it.

    Args:
        named: A file, or the address of a template by digest, commit or version.

    Raises:
        RetuneError: `CONFIG-PIPELINE`, it is no compiled pipeline; `CONFIG-TEMPLATE`, the address is none or may mean
            another pipeline tomorrow; `TEMPLATE-…`.
    """
    if not named.startswith("https://"):
        return read_pipeline(Path(named))
    repository, package, version = split_template(named)
    if not PINNED.fullmatch(named):
        raise configuration_error(
            "CONFIG-TEMPLATE",
            "this version of the template can move",
            "name it by sha256:DIGEST, by a whole commit or by v1.2.3",
            named[:200],
        )
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "template.yaml")
        TemplateRegistry(repository).download(package, version, file)
        return read_pipeline(file)
