"""Cuts the schema of a build out of Google's discovery document: `python -m tests.cloudbuild.schema.cut_slice FILE`."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from local_vertex.discovery.cut_slice import reached

TARGET = Path(__file__).with_name("build.json")


def main(file: str) -> None:
    """Write `build.json`, the same bytes for the same document."""
    document: dict[str, Any] = json.loads(Path(file).read_text(encoding="utf-8"))
    slice_ = {"revision": document["revision"], "schemas": reached(document, ["Build"])}
    TARGET.write_text(json.dumps(slice_, indent=1, sort_keys=True) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1])
