"""Validates the configured dataset and copies exactly what was validated to a snapshot."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict
from functools import partial
from importlib.metadata import version

import msgspec

from components.base_models.facts import Limits
from components.base_models.resolved import base_models
from components.dataset_validation.checks.limits import strictest_limits
from components.dataset_validation.findings.report import DatasetReport
from components.dataset_validation.lines.data_file import DataFile
from components.dataset_validation.reports.html import render_html
from components.dataset_validation.reports.markdown import render_markdown
from components.dataset_validation.rules.catalogue import RULES
from components.dataset_validation.settings import DatasetSettings, ValidationSettings
from components.dataset_validation.snapshot import Snapshot, SplitFacts, digest_of
from components.dataset_validation.validator import validate_dataset
from components.errors import dataset_error
from components.gcp.ledger import encode
from components.gcp.object_lookup import ObjectLookup
from components.gcp.storage import PreconditionFailed, Storage
from components.step import Step

SPLITS = ("train", "validation", "test")


class Validated(msgspec.Struct, frozen=True):
    """A valid dataset and what was said of it.

    Attributes:
        snapshot: Its snapshot.
        findings: Number of findings by code; all of them warnings.
        record_uri: `gs://` address of the findings and facts as JSON.
        report_uri: `gs://` address of the HTML report, which holds no text of an example.
        summary_uri: `gs://` address of the summary in Markdown.
    """

    snapshot: Snapshot
    findings: dict[str, int]
    record_uri: str
    report_uri: str
    summary_uri: str


def validate_and_snapshot(step: Step, dataset_uri: str) -> Validated:
    """The snapshot of the dataset, which is valid.

    Every file is read at one generation, which is also the one that is copied, so a file that is replaced meanwhile
    cannot slip in between. Files that were found valid before, at the same generations, with the same settings, limits
    and rules, are not read again, unless the files that their examples name are looked up, which may have changed.

    Args:
        step: The running step.
        dataset_uri: `gs://` folder with `train.jsonl`, `test.jsonl` and, where there is one, `validation.jsonl`, which
            stands in for the configured files; empty for the configured files.

    Raises:
        RetuneError: The first `DATA-…` error of the dataset, whose next step names the whole report;
            `STORAGE-NOT-FOUND`.
    """
    files = dataset_files(step, dataset_uri)
    generations = {split: step.storage.generation(uri) for split, uri in files.items()}
    settings, limits = step.section("validation", ValidationSettings), limits_of(step.config)
    known_uri = f"{step.root}/validations/{_key(files, generations, settings, limits)}.json"
    known = None if settings.media.enabled else _known(step, known_uri)
    if known is not None:
        step.ledger.write_run(step.run_id, "dataset.json", msgspec.Raw(step.storage.read(known.record_uri)))
        return known
    sources = {
        split: [DataFile(f"{split}.jsonl", partial(step.storage.open, uri, generations[split]))]
        for split, uri in files.items()
    }
    connect = partial(ObjectLookup, step.cloud.project)
    report = validate_dataset(sources, settings, limits, digest=True, connect=connect)
    record, page, summary = _write_report(step, report)
    error = report.first_error()
    if error:
        raise dataset_error(error.code, error.message, f"{error.next_step}; all findings: {page}", error.where)
    snapshot = _take_snapshot(step, files, generations, report)
    validated = Validated(snapshot, report.counts, record, page, summary)
    step.storage.write(known_uri, encode(validated))
    return validated


def _key(files: Mapping[str, str], generations: Mapping[str, int], settings: ValidationSettings, limits: Limits) -> str:
    """Identifies everything that a report depends on; a generation names bytes that never change."""
    read = [[split, uri, generations[split]] for split, uri in files.items()]
    rules = [asdict(rule) for rule in RULES.values()]
    asked = [read, asdict(settings), asdict(limits), rules, version("retune")]
    return hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()


def _known(step: Step, uri: str) -> Validated | None:
    """The earlier validation, when its snapshot and its record are still there."""
    found = step.storage.read_versioned(uri)
    if found is None:
        return None
    known = msgspec.json.decode(found[0], type=Validated)
    there = step.storage.exists(f"{known.snapshot.uri}manifest.json") and step.storage.exists(known.record_uri)
    return known if there else None


def _write_report(step: Step, report: DatasetReport) -> tuple[str, str, str]:
    """Addresses of the record, the HTML page and the Markdown summary, written before anything can fail."""
    step.ledger.write_run(step.run_id, "dataset.json", msgspec.Raw(report.to_json()))
    page, summary = (step.ledger.run_uri(step.run_id, name) for name in ("dataset.html", "dataset.md"))
    step.storage.write(page, render_html(report, title=step.name).encode(), content_type="text/html; charset=utf-8")
    step.storage.write(summary, render_markdown(report).encode(), content_type="text/markdown; charset=utf-8")
    return step.ledger.run_uri(step.run_id, "dataset.json"), page, summary


def limits_of(config: str) -> Limits:
    """The strictest limits of all base models that the configuration tunes."""
    return strictest_limits(base_models(config))


def dataset_files(step: Step, dataset_uri: str) -> dict[str, str]:
    """The address of each file of the dataset by its split.

    Args:
        step: The running step.
        dataset_uri: Folder that stands in for the configured dataset; empty for the configured one.
    """
    if not dataset_uri:
        return step.section("dataset", DatasetSettings).files()
    folder = dataset_uri.rstrip("/")
    present = {found.uri for found in step.storage.list(folder + "/")}
    return {
        split: f"{folder}/{split}.jsonl"
        for split in SPLITS
        if split != "validation" or f"{folder}/{split}.jsonl" in present
    }


def _take_snapshot(
    step: Step, files: Mapping[str, str], generations: Mapping[str, int], report: DatasetReport
) -> Snapshot:
    """Copy the files to the path of their digest; the manifest is written last, so a snapshot with one is whole."""
    digest = digest_of({split: report.splits[split].sha256 for split in files})
    folder = f"{step.root}/snapshots/{digest}/"
    splits = {
        split: SplitFacts(f"{folder}{split}.jsonl", facts.rows, facts.bytes, facts.sha256, facts.tokens)
        for split, facts in report.splits.items()
    }
    snapshot = Snapshot(folder, digest, splits, f"{folder}facts.json")
    if step.storage.exists(f"{folder}manifest.json"):
        return snapshot
    for split, uri in files.items():
        step.storage.copy(uri, splits[split].uri, generations[split])
    step.storage.write(snapshot.facts_uri, report.to_json())
    try:
        step.storage.write(f"{folder}manifest.json", encode(snapshot), if_generation_match=0)
    except PreconditionFailed:
        return snapshot  # another run took the same snapshot
    return snapshot


def read_snapshot(storage: Storage, uri: str) -> Snapshot:
    """The snapshot below a `gs://` folder.

    Raises:
        RetuneError: `DATA-SNAPSHOT`, there is no complete snapshot.
    """
    found = storage.read_versioned(f"{uri.rstrip('/')}/manifest.json")
    if found is None:
        raise dataset_error("DATA-SNAPSHOT", "there is no complete snapshot", "run the validation again", uri)
    return msgspec.json.decode(found[0], type=Snapshot)
