"""The record of a watch: what serves, how good it is on fresh data, and whether that is a reason to retrain."""

from __future__ import annotations

from typing import Literal

import msgspec

from components.evaluation.evaluation import Evaluation
from components.evaluation.metrics.catalogue import Better
from components.evaluation.statistics.interval import Interval
from components.gcp.ledger import Champion

Finding = Literal["steady", "worse", "retrain", "unwatched", "unmeasured"]
Cause = Literal["drop", "new_examples", "retirement"]
ErrorRecord = dict[str, str | int]
"""As `RetuneError.to_record` writes it."""


class ChampionEvaluation(msgspec.Struct, frozen=True):
    """What the champion answered.

    Attributes:
        champion: What serves; None when nothing does, and then all else is empty.
        data: Files that were read, the newest first.
        trained_on: Examples that were left out because the champion was trained on them.
        evaluation: The champion on the fresh examples; None without one.
        paired: The same answers against those of the release's evaluation, as `candidate` and `base`, where every
            example was in that; None where the examples are others.
        failure: Record of the error because of which there is no evaluation; None for none.
    """

    champion: Champion | None
    data: list[str] = []
    trained_on: int = 0
    evaluation: Evaluation | None = None
    paired: Evaluation | None = None
    failure: ErrorRecord | None = None


class Change(msgspec.Struct, frozen=True):
    """The champion now against itself at another time.

    Attributes:
        since: What it is compared with, for example `its release 3`.
        before: The metric then.
        difference: Now minus then.
        paired: Whether both answered the same examples.
        worse: Whether the whole interval is beyond the allowed drop.
    """

    since: str
    before: Interval
    difference: Interval
    paired: bool
    worse: bool


class Reason(msgspec.Struct, frozen=True):
    """Why a run is wanted.

    Attributes:
        cause: `drop`, `new_examples` or `retirement`.
        key: Tells it from the same cause at another time; a run is started once for each key and release.
        sentence: For people.
    """

    cause: Cause
    key: str
    sentence: str


class RunRequest(msgspec.Struct, frozen=True):
    """A run that was asked for, or started.

    Attributes:
        key: Of the reason.
        watch: Run of the watch that asked first.
        requested_at: UTC, RFC 3339.
        run: Resource name of the run; empty where it was only asked for.
    """

    key: str
    watch: str
    requested_at: str
    run: str = ""

    def sentence(self) -> str:
        """What became of the reason."""
        if self.run:
            return f"run {self.run.rpartition('/')[2]} was started on {self.requested_at[:10]}"
        return f"a run is asked for since {self.requested_at[:10]}"


class Watch(msgspec.Struct, frozen=True):
    """One look at what serves.

    Attributes:
        run_id: The run of the watch.
        watched_at: UTC, RFC 3339.
        finding: `steady`, `worse` (a drop is shown), `retrain` (there is another reason), `unwatched` (nothing serves),
            `unmeasured` (something failed, and nothing else is a reason).
        release: Number of the release that serves; 0 for none.
        model: Its registry name; empty for none.
        data: Files that were read.
        dataset_sha256: Digest of the examples; the same digest is the same examples.
        rows: Examples.
        trained_on: Examples that were left out.
        metric: What is watched.
        better: Which way it is better.
        value: The metric on the fresh examples; None when nothing serves.
        confidence: Level of the intervals.
        max_drop: The allowed drop.
        changes: Against its release and its first watch.
        new_examples: Training examples that the last successful run did not have; None where no rule asks.
        reasons: Why a run is wanted; empty when none is.
        remarks: What the reader should know.
        requests: What became of the reasons.
        cost_usd: List price of the answers, US dollars; None when it is unknown or nobody was asked.
        failures: Records of the errors because of which a reason could not be looked at; the run fails with the first.
    """

    run_id: str
    watched_at: str
    finding: Finding
    release: int = 0
    model: str = ""
    data: list[str] = []
    dataset_sha256: str = ""
    rows: int = 0
    trained_on: int = 0
    metric: str = ""
    better: Better = "higher"
    value: Interval | None = None
    confidence: float = 0.95
    max_drop: float = 0.0
    changes: list[Change] = []
    new_examples: int | None = None
    reasons: list[Reason] = []
    remarks: list[str] = []
    requests: list[RunRequest] = []
    cost_usd: float | None = None
    failures: list[ErrorRecord] = []

    def sentences(self) -> list[str]:
        """Why a run is wanted and what became of that, or that none is."""
        if self.finding == "steady":
            return ["as good as it was, within the allowed drop; no run is wanted"]
        told = {request.key: request.sentence() for request in self.requests}
        return [f"{reason.sentence}; {told.get(reason.key, 'nobody was asked yet')}" for reason in self.reasons]

    def sentence(self) -> str:
        """The watch in one line: `steady, exact_match 0.912 (0.871 to 0.943) on 220 examples`."""
        if self.value is None:
            failed = "".join(f", {one['code']}" for one in self.failures)
            return f"{self.finding}{failed}"
        value = self.value
        interval = f"{value.mean:.3f} ({value.low:.3f} to {value.high:.3f})"
        return f"{self.finding}, {self.metric} {interval} on {self.rows:,} examples"
