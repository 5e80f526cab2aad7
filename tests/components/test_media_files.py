"""Files that examples name, looked up with Google's own client on local Vertex."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner, Result

from components.base_models.facts import Limits
from components.dataset_validation.lines.data_file import DataFile
from components.dataset_validation.media.settings import MediaSettings
from components.dataset_validation.settings import ValidationSettings
from components.dataset_validation.validate import validate_and_snapshot
from components.dataset_validation.validator import validate_dataset
from components.errors import RetuneError
from components.gcp.object_lookup import ObjectLookup
from components.step import Step
from pipelines.catalogue import catalogue
from pipelines.cli.main import app
from tests.components.stand_ins import Faults
from tests.media_samples import mp4, pdf, png, wav

NEVER = 10**9
"""A fault for a request that never comes counts the requests that do."""


def line(uri: str, mime_type: str, prompt: str = "what is it?", **more: Any) -> str:
    file = {"fileData": {"mimeType": mime_type, "fileUri": uri}, **more}
    turns = [{"role": "user", "parts": [{"text": prompt}, file]}, {"role": "model", "parts": [{"text": "a thing"}]}]
    return json.dumps({"contents": turns}) + "\n"


def small_limits() -> Limits:
    limits = catalogue({})["gemini-2.5-flash"].limits
    changes = {"audio": {"max_seconds": 2}, "video": {"max_seconds": 5}, "document": {"max_pages": 3}}
    changes["image"] = {"max_bytes": 200}
    media = {modality: replace(one, **changes[modality]) for modality, one in limits.media.items()}
    return replace(limits, media=media)


class Requests:
    """Requests that local Vertex got for objects of a bucket other than JSONL files."""

    def __init__(self, faults: Faults, bucket: str) -> None:
        self._url = f"{faults.url}/_faults"
        for path in (f"/storage/v1/b/{bucket}/o/", f"/download/storage/v1/b/{bucket}/o/"):
            faults.add(method="GET", path=rf"^{path}.*(?<!\.jsonl)$", action="status", status=500, nth=NEVER)

    def counted(self) -> tuple[int, int]:
        """Lookups and reads."""
        seen = [rule["seen"] for rule in httpx.get(self._url).json()["faults"]]
        return seen[0], seen[1]


@pytest.fixture
def requests(step: Step, faults: Faults) -> Callable[[], tuple[int, int]]:
    return Requests(faults, step.cloud.bucket).counted


def findings(step: Step, *lines: str, headers: bool = False) -> list[tuple[str, int]]:
    media = MediaSettings(enabled=True, headers=headers)
    settings = ValidationSettings(min_train_examples=0, media=media)
    step.storage.write(f"{step.root}/train.jsonl", "".join(lines).encode())
    files = {"train": [DataFile("train.jsonl", partial(step.storage.open, f"{step.root}/train.jsonl"))]}
    report = validate_dataset(files, settings, small_limits(), connect=partial(ObjectLookup, step.cloud.project))
    return [(one.code, one.line) for one in report.findings if one.code.startswith("DATA-MEDIA")]


def test_metadata_tells_missing_large_and_contradicting_files(
    step: Step, requests: Callable[[], tuple[int, int]]
) -> None:
    folder = f"{step.root}/photos ü"
    step.storage.write(f"{folder}/1.png", png(), content_type="image/png")
    step.storage.write(f"{folder}/large.png", b"x" * 201, content_type="image/png")
    step.storage.write(f"{folder}/2.png", png(), content_type="image/jpeg")
    before = requests()
    found = findings(
        step,
        line(f"{folder}/1.png", "image/png", "a"),
        line(f"{folder}/none.png", "image/png", "b"),
        line(f"{folder}/large.png", "image/png", "c"),
        line(f"{folder}/2.png", "image/png", "d"),
        line("gs://no-such-bucket-anywhere/1.png", "image/png", "e"),
        line("gs://bad?bucket/1.png", "image/png", "f"),
        line("gs://bucket-without-a-name", "image/png", "g"),
        line(f"{folder}/none.png", "image/png", "h"),
    )
    assert found == [
        ("DATA-MEDIA-MISSING", 2),
        ("DATA-MEDIA-SIZE", 3),
        ("DATA-MEDIA-MISSING", 5),
        ("DATA-MEDIA-MISSING", 6),
        ("DATA-MEDIA-MISSING", 7),
        ("DATA-MEDIA-MISSING", 8),
        ("DATA-MEDIA-TYPE-STORED", 4),
    ]
    assert requests()[0] - before[0] == 4


@pytest.mark.parametrize(
    "name",
    [
        ".",
        "..",
        "../..",
        "a/../b",
        "?alt=media",
        "#x",
        "%2e%2e",
        "%",
        "a b",
        "\x01\n",
        "\U0001f600",
        "x" * 3000,
        "//",
        "o/o",
    ],
)
def test_no_name_of_an_object_breaks_the_lookup(step: Step, name: str) -> None:
    with pytest.raises(RetuneError, match=r"STORAGE-(URI|NOT-FOUND)"):
        ObjectLookup(step.cloud.project).metadata(f"gs://{step.cloud.bucket}/{name}")


def test_parts_of_an_object_are_those_of_one_generation(step: Step) -> None:
    uri, lookup = f"{step.root}/1.bin", ObjectLookup(step.cloud.project)
    step.storage.write(uri, b"0123456789", content_type="image/png")
    seen = lookup.metadata(uri)
    assert (seen.size, seen.content_type) == (10, "image/png")
    assert lookup.read_range(uri, seen.generation, 2, 5) == b"234"
    assert lookup.read_range(uri, seen.generation, 8, 99) == b"89"
    step.storage.write(uri, b"abcdefghij")
    with pytest.raises(RetuneError, match="STORAGE-NOT-FOUND"):
        lookup.read_range(uri, seen.generation, 2, 5)


def test_an_object_that_may_not_be_read_is_named(step: Step, faults: Faults) -> None:
    step.storage.write(f"{step.root}/secret.png", png(), content_type="image/png")
    faults.add(method="GET", path="secret.png", action="status", status=403)
    assert findings(step, line(f"{step.root}/secret.png", "image/png")) == [("DATA-MEDIA-MISSING", 1)]


def test_a_storage_that_refuses_everybody_is_no_finding(step: Step, faults: Faults) -> None:
    faults.add(method="GET", path="/1.png", action="status", status=401)
    with pytest.raises(RetuneError, match="SERVICE-CREDENTIALS") as caught:
        findings(step, line(f"{step.root}/1.png", "image/png"))
    assert caught.value.__cause__ is not None


def test_thousands_of_lines_ask_once_for_each_address(step: Step, requests: Callable[[], tuple[int, int]]) -> None:
    for number in range(50):
        step.storage.write(f"{step.root}/{number}.png", png(), content_type="image/png")
    lines = [line(f"{step.root}/{number % 60}.png", "image/png", f"picture {number}") for number in range(3000)]
    before = requests()
    missing = [("DATA-MEDIA-MISSING", number) for number in range(1, 3001) if (number - 1) % 60 >= 50][:20]
    assert findings(step, *lines) == missing
    assert requests()[0] - before[0] == 60


def test_headers_tell_lengths_and_pages(step: Step, requests: Callable[[], tuple[int, int]]) -> None:
    root = step.root
    for name, data in (
        ("short.wav", wav(2)),
        ("long.wav", wav(3)),
        ("6.mp4", mp4(6)),
        ("camera.mp4", mp4(6, media_bytes=5 << 20)),
        ("3.pdf", pdf(3)),
        ("4.pdf", pdf(4)),
        ("broken.pdf", b"%PDF-1.7"),
    ):
        step.storage.write(f"{root}/{name}", data)
    lines = [
        line(f"{root}/short.wav", "audio/wav", "a"),
        line(f"{root}/long.wav", "audio/wav", "b"),
        line(f"{root}/6.mp4", "video/mp4", "c"),
        line(f"{root}/6.mp4", "video/mp4", "d", videoMetadata={"startOffset": "1s", "endOffset": "6s"}),
        line(f"{root}/camera.mp4", "video/mp4", "e"),
        line(f"{root}/3.pdf", "application/pdf", "f"),
        line(f"{root}/4.pdf", "application/pdf", "g"),
        line(f"{root}/broken.pdf", "application/pdf", "h"),
        line(f"{root}/4.pdf", "application/pdf", "i"),
    ]
    # Cloud Storage's clients store application/json unless they are told otherwise, and the step's storage does.
    asked = requests()
    found = [one for one in findings(step, *lines, headers=True) if one[0] != "DATA-MEDIA-TYPE-STORED"]
    assert found == [
        ("DATA-MEDIA-DURATION", 2),
        ("DATA-MEDIA-DURATION", 3),
        ("DATA-MEDIA-DURATION", 5),
        ("DATA-MEDIA-PAGES", 7),
        ("DATA-MEDIA-PAGES", 9),
        ("DATA-MEDIA-UNREADABLE", 8),
    ]
    lookups, reads = (after - before for after, before in zip(requests(), asked, strict=True))
    assert (lookups, reads) == (7, 8)


@pytest.fixture
def drop(step: Step) -> Step:
    """A step whose dataset names a file that is stored."""
    step.storage.write(f"{step.root}/1.png", png(), content_type="image/png")
    for split in ("train", "test"):
        step.storage.write(f"{step.root}/drop/{split}.jsonl", line(f"{step.root}/1.png", "image/png", split).encode())
    facts = catalogue({})["gemini-2.5-flash"].to_dict()
    sections = json.loads(step.config) | {
        "validation": {"media": {"enabled": True}},
        "base_models": {"gemini-2.5-flash": facts},
    }
    return replace(step, config=json.dumps(sections))


def test_the_step_looks_up_files_again_when_the_dataset_is_unchanged(drop: Step) -> None:
    validate_and_snapshot(drop, f"{drop.root}/drop")
    drop.storage.delete(f"{drop.root}/1.png")
    with pytest.raises(RetuneError, match="DATA-MEDIA-MISSING"):
        validate_and_snapshot(drop, f"{drop.root}/drop")


def run(*words: object) -> Result:
    return CliRunner().invoke(app, [str(word) for word in words], catch_exceptions=False)


def test_the_command_looks_up_files_when_asked(step: Step, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GOOGLE_CLOUD_PROJECT", raising=False)
    path = tmp_path / "train.jsonl"
    path.write_text(line(f"{step.root}/none.pdf", "application/pdf") + line("https://host/1.png", "image/png"))
    assert run("validate", path).exit_code == 0
    with pytest.raises(RetuneError, match="CONFIG-PROJECT"):
        run("validate", path, "--media")
    monkeypatch.setenv("GOOGLE_CLOUD_PROJECT", step.cloud.project)
    shown = run("validate", path, "--media")
    assert shown.exit_code == 3
    assert "DATA-MEDIA-MISSING (1)" in shown.stdout
    step.storage.write(f"{step.root}/none.pdf", pdf(301), content_type="application/pdf")
    assert run("validate", path, "--media").exit_code == 0
    shown = run("validate", path, "--media-headers")
    assert "DATA-MEDIA-PAGES (1)" in shown.stdout


def test_without_gs_addresses_no_account_is_needed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GOOGLE_CLOUD_PROJECT", raising=False)
    path = tmp_path / "train.jsonl"
    path.write_text(line("https://host/1.png", "image/png"))
    assert run("validate", path, "--media").exit_code == 0
