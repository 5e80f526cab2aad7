"""`retune validate` and `retune rules`: what they print, write and exit with, and what they do not load."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from components.dataset_validation.rules.catalogue import RULES
from components.errors import RetuneError
from pipelines.cli.main import app

ROOT = Path(__file__).parents[2]


def line(prompt: str, answer: str = "yes") -> str:
    turns = [{"role": "user", "parts": [{"text": prompt}]}, {"role": "model", "parts": [{"text": answer}]}]
    return json.dumps({"contents": turns})


def run(*words: object) -> Result:
    return CliRunner().invoke(app, [str(word) for word in words], catch_exceptions=False)


@pytest.fixture
def train(tmp_path: Path) -> Path:
    path = tmp_path / "train.jsonl"
    path.write_text("\n".join(line(f"question {number}") for number in range(120)))
    return path


def test_a_valid_file(train: Path) -> None:
    shown = run("validate", train, "--base-model", "gemini-2.5-flash")
    assert shown.exit_code == 0
    first, second = shown.stdout.splitlines()[:2]
    assert first.startswith("The dataset is valid: 0 error(s)")
    assert second.startswith("gemini-2.5-flash: about $0.0")


def test_an_error_has_exit_code_3_and_its_line(train: Path) -> None:
    train.write_text(train.read_text() + "\nbroken\n")
    shown = run("validate", train)
    assert shown.exit_code == 3
    assert "train.jsonl:121" in shown.stdout


def test_warnings_fail_when_asked(train: Path) -> None:
    train.write_text(train.read_text() + "\n" + line("question 1"))
    assert run("validate", train).exit_code == 0
    assert run("validate", train, "--fail-on", "warning").exit_code == 3
    assert run("validate", train, "--profile", "strict").exit_code == 3


def test_splits_are_told_by_name_or_option(train: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.jsonl"
    other.write_text(line("question 7"))
    assert "DATA-DUPLICATE" in run("validate", train, other).stdout
    assert "DATA-LEAK-TEST" in run("validate", train, "--test", other).stdout


def test_near_duplicates_when_asked(train: Path) -> None:
    long = "one two three four five six seven eight nine ten eleven twelve"
    train.write_text("\n".join([train.read_text(), line(long), line(f"{long} thirteen")]))
    assert "DATA-NEAR-DUPLICATE" not in run("validate", train).stdout
    assert "DATA-NEAR-DUPLICATE" in run("validate", train, "--near-duplicates").stdout


def test_personal_data_when_asked(train: Path) -> None:
    train.write_text("\n".join([train.read_text(), line("I am bob@acme.io", "password: Tr0ub4dor&3x")]))
    assert "DATA-PERSONAL" not in run("validate", train).stdout
    shown = run("validate", train, "--personal-data")
    assert shown.exit_code == 0
    assert "an e-mail address at character 6" in shown.stdout
    assert "DATA-SECRET (1)" in shown.stdout
    assert "acme" not in shown.stdout
    assert run("validate", train, "--personal-data", "--profile", "strict").exit_code == 3


def test_dates_when_a_field_is_named(train: Path) -> None:
    dated = [line(f"created: {day}\nquestion {day}") for day in ("2024-05-06", "2025-05-06")]
    train.write_text("\n".join(dated))
    facts = json.loads(run("validate", train, "--date-field", "created", "--json").stdout)
    assert facts["splits"]["train"]["dates"] == {"oldest": "2024-05-06", "newest": "2025-05-06"}
    assert "DATA-STALE" not in facts["findings"]
    shown = run("validate", train, "--date-field", "created", "--max-age-days", "364")
    assert "365 days older than the newest" in shown.stdout
    assert "oldest date" in shown.stdout


def test_what_the_configuration_asks_for_is_done(train: Path, tmp_path: Path) -> None:
    config = tmp_path / "retune.yaml"
    bundled = (ROOT / "examples" / "support_triage" / "retune.yaml").read_text()
    asked = "\nvalidation:\n  personal_data: {enabled: true}\n  ages: {field: created, max_days: 10}\n"
    config.write_text(bundled + asked)
    train.write_text("\n".join(line(f"created: 2025-0{month}-01\nbob@acme.io") for month in (1, 2)))
    findings = json.loads(run("validate", train, "--config", config, "--json").stdout)["findings"]
    assert (findings["DATA-PERSONAL"], findings["DATA-STALE"]) == (2, 1)


def test_json_is_one_document(train: Path) -> None:
    document = json.loads(run("validate", train, "--json").stdout)
    assert document["valid"] is True
    assert document["splits"]["train"]["rows"] == 120


def test_sarif_names_rules_places_and_what_is_not_listed(train: Path) -> None:
    train.write_text(train.read_text() + "\n" + "\n".join(['{"contents": [{"role": "usr", "parts": []}]}'] * 30))
    shown = run("validate", train, "--format", "sarif")
    document = json.loads(shown.stdout)
    (run_log,) = document["runs"]
    rules = run_log["tool"]["driver"]["rules"]
    results = [one for one in run_log["results"] if one["ruleId"] == "DATA-ROLE"]
    assert document["version"] == "2.1.0"
    assert all(rules[one["ruleIndex"]]["id"] == one["ruleId"] for one in run_log["results"])
    assert results[0]["level"] == "error"
    assert results[0]["locations"][0]["physicalLocation"]["region"] == {"startLine": 121}
    assert results[0]["locations"][0]["logicalLocations"][0]["fullyQualifiedName"] == "contents[0].role"
    notes = {
        note["associatedRule"]["id"]: note["message"]["text"]
        for note in run_log["invocations"][0]["toolExecutionNotifications"]
    }
    assert notes["DATA-ROLE"] == "30 findings, of which 20 are listed"


def test_html_goes_to_a_file(train: Path, tmp_path: Path) -> None:
    page = tmp_path / "report.html"
    assert run("validate", train, "--format", "html", "--output", page).exit_code == 0
    assert page.read_text().startswith("<!doctype html>")


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["validate"], "CONFIG-NO-FILE"),
        (["validate", "nowhere.jsonl"], "CONFIG-NO-FILE"),
        (["validate", "."], "CONFIG-NO-FILE"),
        (["validate", __file__, "--base-model", "gemini-2.5-flas"], "did you mean gemini-2.5-flash"),
        (["rules", "DATA-LEAKTEST"], "did you mean DATA-LEAK-TEST"),
    ],
)
def test_mistakes_have_a_next_step(words: list[str], code: str) -> None:
    with pytest.raises(RetuneError, match=code) as caught:
        run(*words)
    assert caught.value.next_step


def test_a_configuration_alone_is_enough() -> None:
    shown = run("validate", "--config", ROOT / "examples" / "support_triage" / "retune.yaml", "--json")
    assert list(json.loads(shown.stdout)["splits"]) == ["test", "train", "validation"]


def test_rules_are_listed_and_explained() -> None:
    assert {rule["code"] for rule in json.loads(run("rules", "--json").stdout)} == set(RULES)
    assert "A test prompt" in run("rules", "DATA-LEAK-TEST").stdout
    strict = {
        rule["code"]: rule["severity"] for rule in json.loads(run("rules", "--json", "--profile", "strict").stdout)
    }
    assert strict["DATA-LEAK-TEST"] == "error"


def test_stats_reckon_the_cost(train: Path) -> None:
    one, three = (
        json.loads(run("stats", train, "--epochs", epochs, "--base-model", "gemini-2.5-flash", "--json").stdout)
        for epochs in (1, 3)
    )
    usd = one["training"]["base_models"]["gemini-2.5-flash"]["usd"]
    assert usd == pytest.approx(one["splits"]["train"]["tokens"] * 5 / 1e6)
    assert three["training"]["base_models"]["gemini-2.5-flash"]["usd"] == pytest.approx(3 * usd)
    shown = run("stats", train).stdout
    assert "no price" in shown
    assert "120" in shown


def test_a_name_is_shown_letter_by_letter(tmp_path: Path) -> None:
    path = tmp_path / "[bold]a:bug:b.jsonl"
    command = [sys.executable, "-m", "pipelines.cli", "validate", str(path)]
    finished = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert finished.returncode == 2
    assert f"where  {path}\n" in finished.stderr


def test_version() -> None:
    assert run("--version").stdout.startswith("retune 0.")


LOADED = """
import sys
from pipelines.cli.main import app
try:
    app(sys.argv[1:])
except SystemExit:
    print(*sorted(name for name in sys.modules if name.count(".") < 3), file=sys.stderr)
"""


HEAVY = {
    "google.cloud.storage",
    "google.genai",
    "kfp",
    "sklearn",
    "scipy",
    "pandas",
    "pyarrow",
    "jinja2",
    "pydantic",
}


def test_importing_the_command_line_loads_no_sdk() -> None:
    program = "import sys, pipelines.cli.main\nprint(*sys.modules)"
    finished = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert set(finished.stdout.split()) & (HEAVY | {"numpy", "msgspec"}) == set()


@pytest.mark.parametrize("command", ["validate", "stats"])
def test_a_look_at_a_dataset_loads_no_sdk_and_nothing_for_configurations(command: str, train: Path) -> None:
    finished = subprocess.run(
        [sys.executable, "-c", LOADED, command, str(train)], cwd=ROOT, capture_output=True, text=True, check=True
    )
    loaded = set(finished.stderr.split())
    assert loaded & HEAVY == set()
    assert "numpy" in loaded
