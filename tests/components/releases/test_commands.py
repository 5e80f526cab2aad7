"""The commands about releases as a person and a program use them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner

from components.errors import RetuneError
from components.gcp.model_registry import ModelRegistry
from pipelines.cli.main import app
from tests.components.releases.lines import BUCKET, PROJECT, Line, champion, config, let_serve, live
from tests.components.stand_ins import Faults

Retune = Callable[..., str]
COMMANDS = ("status", "releases", "rollback", "doctor", "clean", "resolve", "promote", "shadow")


@pytest.fixture
def retune(line: Line, tmp_path: Path) -> Retune:
    """Runs a command on the line's configuration; the environment leads to local Vertex."""
    written = {**config(line.step.name), "base_models": {}}
    (tmp_path / "retune.yaml").write_text(yaml.safe_dump(written), encoding="utf-8")

    def run(*words: str, status: int = 0) -> str:
        command = [*words, "--config", str(tmp_path / "retune.yaml")]
        done = CliRunner(env={"COLUMNS": "200"}).invoke(app, command)
        if isinstance(done.exception, RetuneError):
            raise done.exception
        assert done.exit_code == status, (done.output, done.exception)
        return done.stdout

    return run


@pytest.fixture
def two(line: Line) -> Line:
    """A line where release 2 serves."""
    let_serve(line.step, line.versions["a"])
    let_serve(line.run("run-2"), line.versions["b"])
    return line


def said(retune: Retune, *words: str, status: int = 0) -> Any:
    return json.loads(retune(*words, "--json", status=status))


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_with_an_example_and_json(command: str) -> None:
    shown = CliRunner(env={"COLUMNS": "100"}).invoke(app, [command, "--help"]).output
    assert f"Example: retune {command}" in shown
    assert "--json" in shown
    assert "--local" in shown


def test_status_says_what_serves_where(retune: Retune, two: Line) -> None:
    shown = retune("status")
    for wanted in ("release 2", "rollback to", "100 %", "champion", "previous", "ledger, registry and endpoint agree"):
        assert wanted in shown
    found = said(retune, "status")
    assert (found["champion"]["release"], found["previous"]["release"], found["drift"]) == (2, 1, [])


def test_status_of_a_line_without_a_release(retune: Retune, line: Line) -> None:
    assert "nothing serves yet" in retune("status")
    assert "no release yet" in retune("releases")
    with pytest.raises(RetuneError, match="ROLLBACK-NONE"):
        retune("rollback")
    with pytest.raises(RetuneError, match="RELEASE-NONE"):
        retune("resolve")


def test_rollback_shows_first_what_it_would_do(retune: Retune, two: Line) -> None:
    assert "release 1 would serve again" in retune("rollback", "--dry-run")
    assert champion(two.step).release == 2
    made = said(retune, "rollback", "--why", "slow", "--by", "ann")
    assert (made["number"], made["restores"]) == (3, 1)
    assert live(two.step, champion(two.step).endpoint) == {two.versions["a"].model: 100}
    newest, *_ = said(retune, "releases")
    assert (newest["kind"], newest["by"], newest["why"], newest["standing"]) == ("rollback", "ann", "slow", "serves")
    assert "rollback to release 1" in retune("releases")


def test_releases_show_their_evidence(retune: Retune, two: Line) -> None:
    shown = retune("releases", "2")
    for wanted in ("gs://b/report.html", "gs://b/evaluation.json", "better", "at 100 %", "run-2", "before it"):
        assert wanted in shown
    assert [one["standing"] for one in said(retune, "releases")] == ["serves", "served"]
    with pytest.raises(RetuneError, match="RELEASE-UNKNOWN"):
        retune("releases", "7")


def test_doctor_shows_first_and_repairs_only_with_fix(retune: Retune, two: Line) -> None:
    assert "agree" in retune("doctor")
    registry, model = ModelRegistry(two.step.cloud), two.versions["b"].model
    registry.remove_alias(model, "champion")
    shown = retune("doctor", status=5)
    assert "has no alias champion" in shown
    assert "give it the alias champion" in shown
    assert "champion" not in registry.aliases(model)
    found = said(retune, "doctor", "--fix", status=5)
    assert [one["fix"] for one in found["found"]] == ["give it the alias champion"]
    assert (found["repaired"], found["left"]) == (False, found["found"])
    assert "champion" not in registry.aliases(model), "a program is not asked, so it has to say --yes"
    assert said(retune, "doctor", "--fix", "--yes")["repaired"]
    assert "champion" in registry.aliases(model)
    registry.remove_alias(model, "champion")
    assert "repaired" in retune("doctor", "--fix", "--yes")
    assert [said(retune, "doctor")[key] for key in ("found", "left")] == [[], []]


def test_resolve_prints_the_endpoint_and_nothing_else(retune: Retune, two: Line) -> None:
    assert retune("resolve") == champion(two.step).endpoint + "\n"
    assert said(retune, "resolve")["model"] == two.versions["b"].model


def test_clean_removes_nothing_unless_told(retune: Retune, two: Line) -> None:
    assert said(retune, "clean", "--older-than", "0") == {"found": [], "removed": []}
    two.step.storage.write(f"{two.step.root}/snapshots/{'d' * 64}/manifest.json", b"{}")
    shown = retune("clean", "--older-than", "0", "--dry-run")
    assert f"{two.step.root}/snapshots/{'d' * 64}/" in shown
    assert len(said(retune, "clean", "--older-than", "0")["found"]) == 1
    assert "removed 1 snapshots" in retune("clean", "--older-than", "0", "--yes")
    assert said(retune, "clean", "--older-than", "0")["found"] == []


def test_the_recipe_of_the_guide_asks_the_champion(two: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    page = (Path(__file__).parents[3] / "docs" / "guides" / "calling_the_champion.md").read_text(encoding="utf-8")
    block = re.findall(r"^```python\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)[0]
    assert len(block.splitlines()) <= 10
    monkeypatch.setenv("GOOGLE_CLOUD_PROJECT", PROJECT)
    recipe: dict[str, Any] = {}
    exec(block, recipe)
    assert recipe["ask_champion"](BUCKET, two.step.name, "question 1 about a") == "a"


def test_shadow_shows_line_by_line_what_logged_prompts_say(
    retune: Retune, line: Line, tmp_path: Path, faults: Faults
) -> None:
    let_serve(line.step, line.versions["a"])
    candidate = line.versions["b"]
    line.step.ledger.write_run("run-2", f"tuned/{candidate.candidate.fingerprint}.json", candidate)
    logged = tmp_path / "logged.jsonl"
    turns = [{"contents": [{"role": "user", "parts": [{"text": f"question {n} about a"}]}]} for n in range(60)]
    logged.write_text("\n".join(map(json.dumps, turns)), encoding="utf-8")
    words = ("shadow", "--prompts", str(logged), "--rows", "60")
    page = tmp_path / "shadow.html"
    shown = retune(*words, "--candidate", "run-2", "--output", str(page))
    assert "Line by line" in page.read_text(encoding="utf-8")
    for wanted in ("refusals: 0.0% instead of 0.0%", "95% interval", "not worse", "About ", "verdict  undecided"):
        assert wanted in shown
    assert "question" not in shown
    faults.add(path=f"{candidate.endpoint.rsplit('/', 1)[-1]}:generateContent", action="safety_block", rate=0.5)
    line.step.ledger.write_run("run-3", "tuned/other.json", candidate)
    for stored in list(line.step.storage.list(f"{line.step.root}/shadow/answers/")):
        line.step.storage.delete(stored.uri)
    found = said(retune, *words, "--candidate", candidate.model, status=4)
    assert found["verdict"] == "worse"
    assert [one["name"] for one in found["lines"] if one["verdict"] == "worse"] == ["refusals"]
    assert line.step.storage.exists(found["record"])
    with pytest.raises(RetuneError, match="SHADOW-CANDIDATE"):
        retune(*words, "--candidate", "run-7")
    with pytest.raises(RetuneError, match="SHADOW-CANDIDATE"):
        retune(*words)
    with pytest.raises(RetuneError, match="SHADOW-SOURCE"):
        retune("shadow", "--candidate", "run-2")
