"""The record of a release, which is written before the release takes effect."""

from __future__ import annotations

from typing import Literal

import msgspec

from components.gcp.ledger import Champion

Kind = Literal["promotion", "rollback"]


class StepReport(msgspec.Struct, frozen=True):
    """What a probe saw.

    Attributes:
        share: Percent of the traffic that the new version had; 0 for the probe before any traffic.
        asked: Prompts that the endpoint was asked which people call; before any traffic, the version itself.
        failed: Prompts without an answer.
        latency_p50_ms: Median of the answered ones; None without any.
        champion_latency_p50_ms: The same of the champion, asked for this probe; None when nothing served.
        champion_asked: Prompts that the champion was asked for this probe; 0 when nothing served.
        champion_failed: Those without an answer.
        own_asked: Prompts that the version itself was asked, where nothing else answers.
        own_failed: Those without an answer.
        own_latency_p50_ms: Median of the answered ones; None without any.
        golden: Golden prompts that the version itself had to answer as they say.
    """

    share: int
    asked: int
    failed: int
    latency_p50_ms: float | None
    champion_latency_p50_ms: float | None = None
    champion_asked: int = 0
    champion_failed: int = 0
    own_asked: int = 0
    own_failed: int = 0
    own_latency_p50_ms: float | None = None
    golden: int = 0

    def sentence(self) -> str:
        """What was seen: `endpoint 50 of 50 answered, median 310 ms; itself 5 of 5, 290 ms, …`."""
        told = [f"itself {_answered(self.own_asked, self.own_failed, self.own_latency_p50_ms)}"]
        if self.share:
            told.insert(0, f"endpoint {_answered(self.asked, self.failed, self.latency_p50_ms)}")
        if self.golden:
            told.append(f"golden prompts {self.golden}")
        if self.champion_asked:
            told.append(
                f"champion {_answered(self.champion_asked, self.champion_failed, self.champion_latency_p50_ms)}"
            )
        return "; ".join(told)


def _answered(asked: int, failed: int, latency_p50_ms: float | None) -> str:
    median = f", median {latency_p50_ms:.0f} ms" if latency_p50_ms is not None else ""
    return f"{asked - failed} of {asked} answered{median}"


class Origin(msgspec.Struct, frozen=True):
    """Where a version was promoted from.

    Attributes:
        ledger: `gs://` root of the other environment's ledger.
        release: Number of its release there.
        model: Registry name there.
    """

    ledger: str
    release: int
    model: str


class Approval(msgspec.Struct, frozen=True):
    """Who wanted a promotion and why; kept with the run, for the release record.

    Attributes:
        by: Who approved it.
        why: In one sentence.
        origin: Where the version comes from.
        plan_digest: Digest of the approved plan.
    """

    by: str
    why: str
    origin: Origin
    plan_digest: str


class Evidence(msgspec.Struct, frozen=True):
    """Why a version may serve, and who says so.

    Attributes:
        reasons: The gate's sentences.
        evaluation_uri: The evaluation.
        report_uri: The same for people.
        plan_key: Identity of the plan.
        compared_with: Registry name of the champion in the evaluation; empty when nothing served then.
        by: Who released it: a run, or a person.
        why: In one sentence.
        snapshot_uri: The data that it was tuned on, or, with an origin, the test set here; empty when not known.
        tuning_job: The job that it comes from; empty when not known.
        origin: Where it was promoted from; None when it was tuned in this environment.
        shadow_uri: What it did on logged prompts; empty when it was asked none.
    """

    reasons: list[str]
    evaluation_uri: str
    report_uri: str
    plan_key: str
    compared_with: str
    by: str = ""
    why: str = ""
    snapshot_uri: str = ""
    tuning_job: str = ""
    origin: Origin | None = None
    shadow_uri: str = ""


class Release(msgspec.Struct, frozen=True):
    """A release: one version takes over serving.

    The record is written before the champion pointer; the pointer says whether the release took effect.

    Attributes:
        number: Counted from 1 per model line. Releases that never took effect have a number too.
        champion: What serves from now on.
        previous: What served before; None for the first release.
        reasons: The gate's sentences.
        evaluation_uri: Evidence.
        report_uri: The same for people.
        released_at: UTC, RFC 3339.
        kind: `promotion` or `rollback`.
        restores: For a rollback, the number of the release whose version serves again; else 0.
        by: Who released it: a run, or a person.
        why: In one sentence.
        snapshot_uri: The data that it was tuned on, or, with an origin, the test set here; empty when not known.
        tuning_job: The job that it comes from; empty when not known.
        origin: Where it was promoted from; None when it was tuned in this environment.
        steps: What the probes of the rollout saw.
        shadow_uri: What it did on logged prompts before the rollout; empty when it was asked none.
    """

    number: int
    champion: Champion
    previous: Champion | None
    reasons: list[str]
    evaluation_uri: str
    report_uri: str
    released_at: str
    kind: Kind = "promotion"
    restores: int = 0
    by: str = ""
    why: str = ""
    snapshot_uri: str = ""
    tuning_job: str = ""
    origin: Origin | None = None
    steps: list[StepReport] = []
    shadow_uri: str = ""
