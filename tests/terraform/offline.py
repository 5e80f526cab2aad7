"""Runs Terraform on a copy of the folder, with a small stand-in of the Google provider where there is none."""

from __future__ import annotations

import fcntl
import json
import os
import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
OFFLINE = ROOT.parent / "shared" / "tools" / "terraform-offline" / "terraform-offline"
NEWEST, OLDER = "8.7.0", "7.46.1"


def terraform_command() -> list[str]:
    """The Terraform command of this machine; skips where there is none."""
    if named := os.environ.get("RETUNE_TERRAFORM"):
        return shlex.split(named)
    if shutil.which("terraform") and OFFLINE.is_file():
        return [str(OFFLINE)]
    pytest.skip("no Terraform with the Google provider here; name a command in RETUNE_TERRAFORM")


class Checkout:
    """A copy of what Terraform reads, so that the checkout stays clean.

    Args:
        folder: Where the copy goes.
        versions: Those whose schema the stand-in of the provider may have to show.
    """

    def __init__(self, folder: Path, *versions: str) -> None:
        self._versions = versions or (NEWEST,)
        self.terraform = folder / "terraform"
        made = shutil.ignore_patterns(".terraform", ".terraform.lock.hcl")
        shutil.copytree(ROOT / "terraform", self.terraform, ignore=made)
        (folder / "pipelines").mkdir()
        shutil.copy(ROOT / "pipelines" / "base_models.yaml", folder / "pipelines")
        self._command = terraform_command()
        self._environment = {key: value for key, value in os.environ.items() if not key.startswith("TF_VAR_")}
        self._environment |= {"TF_IN_AUTOMATION": "1", "CHECKPOINT_DISABLE": "1"}
        self.is_offline = Path(self._command[0]).name == OFFLINE.name
        if self.is_offline:
            self._command = [self._small_copy(Path(self._command[0]), folder / "tool")]
        # A command that brings its own provider needs the modules only, and no network.
        self.run("get")
        if not self.is_offline and self.run("validate").returncode:
            self.run("init", "-backend=false", "-input=false")

    def script(self) -> str:
        """A shell script that runs Terraform as `run` does, in the folder that it is called in.

        `init` would ask a registry for the provider, and a bucket for the state: with the stand-in it fetches the
        modules only, otherwise it keeps the state in the folder.
        """
        command = shlex.join(self._command)
        given = {
            key: value for key, value in self._environment.items() if key in ("XDG_CACHE_HOME", "CHECKPOINT_DISABLE")
        }
        exports = "".join(f"export {key}={shlex.quote(value)}\n" for key, value in given.items())
        init = f"{command} get" if self.is_offline else f"{command} init -backend=false -input=false"
        path = shlex.quote(os.environ["PATH"])
        return f'{exports}export PATH={path}\nif [ "$1" = init ]; then exec {init}; fi\nexec {command} "$@"\n'

    def run(self, *arguments: str, version: str = NEWEST) -> subprocess.CompletedProcess[str]:
        """Run Terraform in the copy.

        Args:
            arguments: What follows `terraform -chdir=…`.
            version: Provider whose schema the stand-in has; the real provider has its own.
        """
        return subprocess.run(
            [*self._command, f"-chdir={self.terraform}", *arguments],
            env=self._environment | {"GOOGLE_PROVIDER": version},
            capture_output=True,
            text=True,
            check=False,
        )

    def _small_copy(self, tool: Path, folder: Path) -> str:
        """A copy of the stand-in that knows only the resources in use.

        It is started for every run of every test file, and reading all 1,375 resources took most of the time.
        """
        used = set()
        for path in self.terraform.rglob("*.tf"):
            used |= set(re.findall(r'"(google_\w+)"', path.read_text(encoding="utf-8")))
        (folder / "schema").mkdir(parents=True)
        for name in (tool.name, "stub_provider.py"):
            shutil.copy(tool.parent / name, folder)
        for version in self._versions:
            schema = json.loads((tool.parent / "schema" / f"google-{version}.json").read_text(encoding="utf-8"))
            (provider,) = schema["provider_schemas"].values()
            for kind in ("resource_schemas", "data_source_schemas"):
                provider[kind] = {name: one for name, one in provider[kind].items() if name in used}
            (folder / "schema" / f"google-{version}.json").write_text(json.dumps(schema), encoding="utf-8")
        rules = json.loads((tool.parent / "schema" / "rules.json").read_text(encoding="utf-8"))
        kept = json.dumps({name: one for name, one in rules.items() if name in used})
        (folder / "schema" / "rules.json").write_text(kept, encoding="utf-8")
        # The stand-in's Python packages are shared, what it writes beside them is not: others may use it now.
        shared = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / tool.name
        shared.mkdir(parents=True, exist_ok=True)
        with (shared / "tests.lock").open("w") as lock:
            # One test at a time: of two that make the packages' environment, one would go on with half of it.
            fcntl.flock(lock, fcntl.LOCK_EX)
            subprocess.run([str(tool), "version"], capture_output=True, check=True)
        own = folder / "cache" / tool.name
        own.mkdir(parents=True)
        (own / "venv").symlink_to(shared / "venv")
        self._environment["XDG_CACHE_HOME"] = str(folder / "cache")
        return str(folder / tool.name)
