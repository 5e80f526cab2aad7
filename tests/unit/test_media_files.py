"""Files that examples name: what is looked up, how often, and what is said of it."""

from __future__ import annotations

import io
import multiprocessing
import re
import threading
from collections import Counter
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import pytest
from rich.console import Console

from components.base_models.facts import Limits, ModalityLimits
from components.dataset_validation.checks.limits import strictest_limits
from components.dataset_validation.findings.report import DatasetReport
from components.dataset_validation.findings.terminal import render
from components.dataset_validation.lines.data_file import DataFile
from components.dataset_validation.media import contents, lookups
from components.dataset_validation.media.contents import Contents, limit_process, read_contents
from components.dataset_validation.media.modality import Modalities, same_format
from components.dataset_validation.media.settings import MediaSettings
from components.dataset_validation.reports.html import render_html
from components.dataset_validation.reports.markdown import render_markdown
from components.dataset_validation.settings import ValidationSettings
from components.dataset_validation.validator import validate_dataset
from components.errors import RetuneError, service_error
from pipelines.catalogue import catalogue
from tests.media_samples import mp4, pdf, png, wav
from tests.unit.test_dataset_validation_rules import LIMITS, LOW, example, named, pair, turn


@dataclass(frozen=True)
class Stored:
    """An object in memory."""

    data: bytes
    content_type: str = ""
    generation: int = 1

    @property
    def size(self) -> int:
        return len(self.data)


@dataclass
class InMemory:
    """Stored files that count how often each was asked for."""

    files: dict[str, Stored | str]
    asked: Counter[str] = field(default_factory=Counter)
    read: Counter[str] = field(default_factory=Counter)

    def metadata(self, uri: str) -> Stored:
        self.asked[uri] += 1
        found = self.files.get(uri, "STORAGE-NOT-FOUND")
        if isinstance(found, str):
            raise service_error(found, "no", "nothing", uri)
        return found

    def read_range(self, uri: str, generation: int, start: int, stop: int) -> bytes:
        self.read[uri] += 1
        found = self.files[uri]
        assert isinstance(found, Stored)
        if found.generation != generation:
            raise service_error("STORAGE-NOT-FOUND", "no", "nothing", uri)
        return found.data[start:stop]


FILES: dict[str, Stored | str] = {
    "gs://b/1.png": Stored(png(), "image/png"),
    "gs://b/broken.png": Stored(png()[:-20], "image/png"),
    "gs://b/large.png": Stored(b"x" * 91, "image/png"),
    "gs://b/jpeg.png": Stored(b"x", "image/jpeg"),
    "gs://b/untold.png": Stored(png(), "application/octet-stream"),
    "gs://b/empty.png": Stored(b""),
    "gs://b/secret.png": "STORAGE-FORBIDDEN",
    "gs://b": "STORAGE-URI",
    "gs://b/5.mp4": Stored(mp4(5), "video/mp4"),
    "gs://b/6.mp4": Stored(mp4(6), "audio/mp4"),
    "gs://b/30.mp4": Stored(mp4(30)),
    "gs://b/3.pdf": Stored(pdf(3), "application/pdf"),
    "gs://b/4.pdf": Stored(pdf(4), "application/pdf"),
    "gs://b/broken.pdf": Stored(b"%PDF-1.7 nothing else", "application/pdf"),
}


def check(store: InMemory, *, headers: bool = False, limits: Limits = LIMITS, **splits: bytes) -> DatasetReport:
    media = MediaSettings(enabled=True, headers=headers)
    settings = ValidationSettings(min_train_examples=0, min_test_examples=0, media=media)
    files = {split: [DataFile(f"{split}.jsonl", partial(io.BytesIO, data))] for split, data in splits.items()}
    return validate_dataset(files, settings, limits, connect=lambda: store)


def asking(uri: str, mime_type: str = "image/png", **more: Any) -> bytes:
    return pair({**named(uri, mime_type), **more})


STORED = [
    ("DATA-MEDIA-MISSING", "gs://b/none.png", "image/png", ".fileUri"),
    ("DATA-MEDIA-MISSING", "gs://b/secret.png", "image/png", ".fileUri"),
    ("DATA-MEDIA-MISSING", "gs://b", "image/png", ".fileUri"),
    ("DATA-MEDIA-SIZE", "gs://b/large.png", "image/png", ""),
    ("DATA-MEDIA-TYPE-STORED", "gs://b/jpeg.png", "image/png", ".mimeType"),
    ("DATA-MEDIA-TYPE-STORED", "gs://b/3.pdf", "image/png", ".mimeType"),
    ("DATA-MEDIA-UNREADABLE", "gs://b/empty.png", "image/png", ""),
]


@pytest.mark.parametrize(("code", "uri", "mime_type", "place"), STORED, ids=[uri for _, uri, _, _ in STORED])
def test_a_rule_fires_on_what_is_stored(code: str, uri: str, mime_type: str, place: str) -> None:
    report = check(
        InMemory(FILES), train=pair("a") + example(turn("user", "b", named(uri, mime_type)), turn("model", "c"))
    )
    found = [one for one in report.findings if one.code == code]
    assert [(one.line, one.json_path) for one in found] == [(2, f"contents[0].parts[1].fileData{place}")]
    assert uri not in found[0].message


def test_what_is_in_order_has_no_findings() -> None:
    fine = [asking("gs://b/1.png"), asking("gs://b/untold.png"), asking("gs://b/6.mp4", "video/mp4")]
    assert check(InMemory(FILES), train=b"".join(fine)).findings == []


def test_contents_are_compared_with_the_limits() -> None:
    lines = [
        ("", asking("gs://b/5.mp4", "video/mp4")),
        ("DATA-MEDIA-DURATION", asking("gs://b/6.mp4", "video/mp4")),
        ("", asking("gs://b/6.mp4", "video/mp4", videoMetadata={"startOffset": "1s"})),
        ("", asking("gs://b/30.mp4", "video/mp4", videoMetadata={"startOffset": "2.5s", "endOffset": "7.5s"})),
        ("DATA-MEDIA-DURATION", asking("gs://b/30.mp4", "video/mp4", videoMetadata={"endOffset": "99s"})),
        ("", asking("gs://b/6.mp4", "video/mp4", mediaResolution={"level": LOW["mediaResolution"]})),
        (
            "DATA-MEDIA-DURATION",
            asking("gs://b/30.mp4", "video/mp4", mediaResolution={"level": LOW["mediaResolution"]}),
        ),
        ("", asking("gs://b/3.pdf", "application/pdf")),
        ("DATA-MEDIA-PAGES", asking("gs://b/4.pdf", "application/pdf")),
        ("DATA-MEDIA-UNREADABLE", asking("gs://b/broken.pdf", "application/pdf")),
        ("DATA-MEDIA-UNREADABLE", asking("gs://b/broken.png")),
        ("", asking("gs://b/1.png")),
        ("DATA-MEDIA-SIZE", asking("gs://b/large.png")),
    ]
    store = InMemory(FILES)
    report = check(store, headers=True, train=b"".join(line for _, line in lines))
    expected = sorted((code, number) for number, (code, _) in enumerate(lines, start=1) if code)
    found = sorted((one.code, one.line) for one in report.findings if one.code.startswith("DATA-MEDIA"))
    assert found == expected
    assert store.asked == Counter(store.asked.keys())
    assert store.read["gs://b/6.mp4"] == 1
    assert store.read["gs://b/large.png"] == 0


def test_an_address_on_many_lines_is_asked_for_once_and_counted_on_each() -> None:
    store = InMemory(FILES)
    lines = b"".join(pair(f"question {n}", named("gs://b/none.png")) for n in range(3000))  # type: ignore[arg-type]
    report = check(store, train=lines, test=asking("gs://b/1.png"))
    assert report.counts["DATA-MEDIA-MISSING"] == 3000
    assert [one.line for one in report.findings if one.code == "DATA-MEDIA-MISSING"] == list(range(1, 21))
    assert store.asked == Counter(["gs://b/none.png", "gs://b/1.png"])


def test_web_addresses_and_broken_lines_are_not_looked_up() -> None:
    store = InMemory(FILES)
    check(store, train=asking("https://host/1.png") + b'{"contents": [{"gs://b/1.png": 1}]}\n')
    assert store.asked == Counter()


def test_lookups_run_at_the_same_time() -> None:
    everybody = threading.Barrier(lookups.CONCURRENT_REQUESTS, timeout=30)

    class Waiting(InMemory):
        def metadata(self, uri: str) -> Stored:
            everybody.wait()
            return Stored(b"x")

    lines = b"".join(asking(f"gs://b/{number}.png") for number in range(lookups.CONCURRENT_REQUESTS))
    assert "DATA-MEDIA-MISSING" not in check(Waiting({}), train=lines).counts


def test_a_failing_storage_ends_the_check() -> None:
    with pytest.raises(RetuneError, match="SERVICE-UNAVAILABLE"):
        check(InMemory({"gs://b/1.png": "SERVICE-UNAVAILABLE"}), train=asking("gs://b/1.png"))


def test_nobody_says_where() -> None:
    settings = ValidationSettings(media=MediaSettings(enabled=True))
    with pytest.raises(ValueError, match="no access"):
        validate_dataset({"train": [DataFile("a", partial(io.BytesIO, pair()))]}, settings, LIMITS)


@pytest.mark.parametrize(
    ("modality", "data"),
    [
        ("audio", b""),
        ("audio", wav(1)[:20]),
        ("audio", wav(1)[:40] + b"\xff\xff\xff\xff" + wav(1)[44:]),
        ("video", mp4(0)),
        ("video", mp4(3)[:-90]),
        ("video", b"\x1aE\xdf\xa3 webm"),
        ("document", b"%PDF-1.7"),
        ("document", pdf(2)[:-200]),
        ("image", b"<svg/>"),
        ("image", png()[:40]),
    ],
)
def test_what_cannot_be_read_is_said_without_its_bytes(modality: str, data: bytes) -> None:
    read = read_contents(modality, data, b"", len(data))
    assert read.problem
    assert (read.seconds, read.pages) == (None, None)
    assert "svg" not in read.problem


def test_beginning_and_end_are_enough() -> None:
    data = mp4(7, media_bytes=10_000)
    assert read_contents("video", data[:200], data[-200:], len(data)) == Contents(seconds=7)
    assert "neither" in read_contents("video", data[:50], data[-50:], len(data)).problem
    assert read_contents("image", b"\0\0\0\x18ftypheic", b"", 12) == Contents()


def test_a_parser_that_does_not_end_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    def endless(*_: object) -> Contents:
        while True:
            try:
                sum(range(1000))
            except Exception:
                continue

    monkeypatch.setattr(contents, "_read", endless)
    monkeypatch.setattr(contents, "MAX_SECONDS", 0.05)
    assert "longer than" in read_contents("audio", b"x", b"", 1).problem


def test_a_parser_has_no_more_memory_than_it_needs() -> None:
    with multiprocessing.get_context("spawn").Pool(1, limit_process) as pool, pytest.raises(MemoryError):
        pool.apply(bytearray, (contents.MAX_MEMORY_BYTES + (1 << 20),))


@pytest.mark.parametrize(
    ("stored", "named_type", "same"),
    [
        ("image/jpeg", "image/jpg", True),
        ("audio/x-wav", "audio/wav", True),
        ("video/mp4", "audio/mp4", True),
        ("audio/mpeg", "audio/mp3", True),
        ("", "image/png", True),
        ("binary/octet-stream", "image/png", True),
        ("image/png; a=b", "IMAGE/PNG", True),
        ("image/png", "image/jpeg", False),
        ("text/html", "image/png", False),
        ("image/mp4", "video/mp4", False),
    ],
)
def test_content_types_that_name_one_format(stored: str, named_type: str, same: bool) -> None:
    assert same_format(stored, named_type) is same


def test_the_catalogue_has_limits_of_every_modality_and_users_change_them() -> None:
    built_in = catalogue({})
    assert all(set(facts.limits.media) == {"image", "audio", "video", "document"} for facts in built_in.values())
    changed = {"gemini-2.5-pro": {"limits": {"media": {"video": {"max_seconds": 60}}}}}
    one = catalogue(changed)["gemini-2.5-pro"].limits.media["video"]
    assert (one.max_seconds, one.max_seconds_low) == (60, 1200)
    every = strictest_limits({name: facts for name, facts in catalogue(changed).items() if not facts.open_model})
    assert every.media["video"].max_seconds == 60
    assert every.media["image"] == built_in["gemini-2.5-pro"].limits.media["image"]


def test_the_strictest_limits_are_those_that_all_models_accept() -> None:
    facts = catalogue({})["gemini-2.5-pro"]
    kinds = ("image/png", "image/webp"), ("image/webp", "image/gif")
    one, other, silent = (
        replace(facts, limits=replace(facts.limits, media=media))
        for media in (
            {"image": ModalityLimits(max_files=3, mime_types=kinds[0])},
            {"image": ModalityLimits(max_bytes=5, mime_types=kinds[1]), "audio": ModalityLimits(max_seconds=1)},
            {},
        )
    )
    media = strictest_limits({"one": one, "other": other, "silent": silent}).media
    assert media["image"] == ModalityLimits(max_files=3, max_bytes=5, mime_types=("image/webp",))
    assert media["audio"] == ModalityLimits(max_seconds=1)


def test_without_limits_nothing_is_checked() -> None:
    none = replace(LIMITS, media={})
    many = example(turn("user", *[named("gs://b/large.png", "image/any")] * 2), turn("model", "b"))
    assert check(InMemory(FILES), limits=none, train=many).counts == {"DATA-MEDIA-TYPE-STORED": 2}
    assert Modalities({}).of("application/pdf") == "document"


def test_files_are_counted_by_modality_and_cost_tokens_by_resolution() -> None:
    two = example(turn("user", named("gs://b/1.png"), named("gs://b/z", "application/zip")), turn("model", "b"))
    facts = check(InMemory(FILES), train=two + pair(named("gs://b/1.png"), generationConfig=LOW)).splits["train"]
    assert (facts.media, facts.media_files) == ({"image": 2, "other": 1}, 3)
    report = check(InMemory(FILES), train=two, test=asking("gs://b/6.mp4", "video/mp4"))
    console = Console(width=80, file=io.StringIO(), highlight=False)
    render(report, console)
    printed = console.file.getvalue()  # type: ignore[attr-defined]
    assert re.search(r"image files +1 +0", printed)
    assert re.search(r"video files +0 +1", printed)
    assert "test: 1 video file(s)" in render_markdown(report)
    page = render_html(report, title="t")
    assert "<th>video files in examples</th><td>0</td><td>1</td>" in page
    plain, low = (
        check(InMemory(FILES), train=pair(named("gs://b/1.png"), **more)).splits["train"].tokens
        for more in ({}, {"generationConfig": LOW})
    )
    assert plain - low == 256 - 64
