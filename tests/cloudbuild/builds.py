"""The build files, and what Cloud Build does with them: substitutions, and steps run by their scripts' first lines."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
FILES = {
    "pull request": ROOT / "cloudbuild.yaml",
    **{path.stem: path for path in sorted((ROOT / "cloudbuild").glob("*.yaml"))},
}
BUILDS: dict[str, dict[str, Any]] = {
    name: yaml.safe_load(path.read_text(encoding="utf-8")) for name, path in FILES.items()
}
BUILT_IN = frozenset({"COMMIT_SHA", "TAG_NAME"})
"""The substitutions that Cloud Build itself gives to a build of a trigger, as far as they are used here.

Source: https://cloud.google.com/build/docs/configuring-builds/substitute-variable-values
"""
REFERENCE = re.compile(r"\$\{?([A-Z_][A-Z0-9_]*)\}?")


def step(build: str, name: str) -> dict[str, Any]:
    """One step of a build file."""
    return next(one for one in BUILDS[build]["steps"] if one["id"] == name)


@dataclass(frozen=True)
class Done:
    """How a step ended."""

    status: int
    out: str
    err: str


@dataclass
class Builder:
    """Runs steps in a workspace as Cloud Build does, but for the container: commands are those of this machine.

    Attributes:
        workspace: What is `/workspace` there.
        path: Folders of commands that go first.
        environment: What every step is given besides its own `env`, such as the way to local Vertex.
    """

    workspace: Path
    path: list[Path] = field(default_factory=list)
    environment: Mapping[str, str] = field(default_factory=dict)

    def run(self, build: str, name: str, substitutions: Mapping[str, str]) -> Done:
        """One step; its environment holds what the file says and nothing of this process but its locale."""
        one = step(build, name)
        given = {**BUILDS[build].get("substitutions", {}), **substitutions}
        env = dict(_substituted(entry, given).split("=", 1) for entry in one.get("env", []))
        script = self.workspace / f".script-{name}"
        script.write_text(one["script"], encoding="utf-8")
        interpreter = one["script"].splitlines()[0].removeprefix("#!").split()
        path = os.pathsep.join([*map(str, self.path), "/usr/local/bin", "/usr/bin", "/bin"])
        done = subprocess.run(
            [*interpreter, str(script)],
            cwd=self.workspace / one.get("dir", ""),
            env={"PATH": path, "HOME": str(self.workspace), "LANG": "C.UTF-8", **self.environment, **env},
            capture_output=True,
            text=True,
            check=False,
        )
        return Done(done.returncode, done.stdout, done.stderr)


def _substituted(text: str, given: Mapping[str, str]) -> str:
    """The text with every substitution in place; what is put in is not looked at again."""
    return REFERENCE.sub(lambda found: given[found[1]], text)
