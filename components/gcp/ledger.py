"""The ledger: records of runs, tuning launches, releases and the champion, kept in Cloud Storage.

Layout below `gs://BUCKET/NAME/ledger/`:

    runs/RUN_ID/{plan,evaluation,decision,outcome,report}.json, errors/TASK.json, report.{html,md}
    runs/RUN_ID/tuning_costs/FINGERPRINT.json   what a candidate's job cost the run
    tuning/FINGERPRINT/ATTEMPT.json       who may start the paid job of a fingerprint
    outcomes/PLAN_KEY.json                what the same data, models and rules led to last time
    releases/NUMBER.json                  every promotion with its evidence
    shadows/ID.{json,html}                what replays of logged prompts showed
    last_success.json                     the last run that reached a verdict
    champion.json                         the version that serves now; replaced with a generation precondition
    rollout.json                          who changes what serves at the moment; gone when nobody does
"""

from __future__ import annotations

from typing import Any, TypeVar

import msgspec

from components.errors import RetuneError
from components.gcp.launch_claim import LaunchClaim
from components.gcp.storage import PATIENCE_S, PreconditionFailed, Storage

Record = TypeVar("Record")


class Champion(msgspec.Struct, frozen=True):
    """The champion pointer.

    Attributes:
        release: Number of the release that put it there, counted from 1.
        model: Registry name with version.
        endpoint: Resource name of the endpoint to call.
        base_model: Base model it was tuned from.
        fingerprint: Fingerprint of its tuning job.
        plan_key: Identity of the plan that it came from.
        run_id: Run that promoted it.
        tuning_endpoint: Resource name of the endpoint that tuning made for it, where nothing else ever answers; empty
            in pointers of earlier releases.
        thinking: How its thinking is held down, for when its base model is no longer in the configuration.
    """

    release: int
    model: str
    endpoint: str
    base_model: str
    fingerprint: str
    plan_key: str
    run_id: str
    tuning_endpoint: str = ""
    thinking: str = ""


class LastSuccess(msgspec.Struct, frozen=True):
    """The last run that reached a verdict.

    Attributes:
        run_id: The run.
        train_uri: Address of its training file.
    """

    run_id: str
    train_uri: str


class Ledger:
    """Reads and writes the records of one model line.

    Args:
        storage: Storage of the project.
        root: `gs://BUCKET/NAME/ledger`.
    """

    def __init__(self, storage: Storage, root: str) -> None:
        self._storage = storage
        self.root = root

    def run_uri(self, run_id: str, name: str) -> str:
        """Address of a run's record, for example `run_uri(run, "plan.json")`."""
        return f"{self.root}/runs/{run_id}/{name}"

    def write_run(self, run_id: str, name: str, record: object) -> str:
        """Store a run's record and return its address; a repeated task replaces its own record."""
        uri = self.run_uri(run_id, name)
        self._storage.write(uri, encode(record))
        return uri

    def read_run(self, run_id: str, name: str, kind: type[Record]) -> Record | None:
        """A run's record; None when the run did not get that far."""
        found = self._storage.read_versioned(self.run_uri(run_id, name))
        return msgspec.json.decode(found[0], type=kind) if found else None

    def read_folder(
        self, run_id: str, folder: str, kind: type[Record], *, patience_s: float = PATIENCE_S
    ) -> list[Record]:
        """A run's records in a folder, in the order of their names.

        Args:
            run_id: The run.
            folder: Name of the folder.
            kind: What the records are.
            patience_s: How long a service that does not answer is asked again.
        """
        found = self._storage.list(self.run_uri(run_id, f"{folder}/"), patience_s=patience_s)
        return [msgspec.json.decode(self._storage.read(one.uri, patience_s=patience_s), type=kind) for one in found]

    def record_error(self, run_id: str, task: str, error: RetuneError) -> None:
        """Keep why a task failed, because the pipeline service keeps only that it failed."""
        self.write_run(run_id, f"errors/{task}.json", error.to_record())

    def errors(self, run_id: str) -> dict[str, RetuneError]:
        """Recorded failures of a run by task name."""
        prefix = self.run_uri(run_id, "errors/")
        return {
            found.uri.removeprefix(prefix).removesuffix(".json"): RetuneError.from_record(
                msgspec.json.decode(self._storage.read(found.uri))
            )
            for found in self._storage.list(prefix)
        }

    def read_outcome(self, plan_key: str) -> dict[str, Any] | None:
        """What the plan led to last time; None when it was never carried through."""
        found = self._storage.read_versioned(f"{self.root}/outcomes/{plan_key}.json")
        return msgspec.json.decode(found[0]) if found else None

    def write_outcome(self, plan_key: str, record: object) -> None:
        """Store what the plan led to; the last run's word stands."""
        self._storage.write(f"{self.root}/outcomes/{plan_key}.json", encode(record))

    def last_success(self) -> LastSuccess | None:
        """The last run that reached a verdict; None before the first one."""
        found = self._storage.read_versioned(f"{self.root}/last_success.json")
        return msgspec.json.decode(found[0], type=LastSuccess) if found else None

    def write_last_success(self, record: LastSuccess) -> None:
        """Keep the last run that reached a verdict; the last one's word stands."""
        self._storage.write(f"{self.root}/last_success.json", encode(record))

    def champion(self) -> tuple[Champion, int] | None:
        """The champion and the pointer's generation; None before the first promotion."""
        found = self._storage.read_versioned(f"{self.root}/champion.json")
        return (msgspec.json.decode(found[0], type=Champion), found[1]) if found else None

    def replace_champion(self, champion: Champion, seen_generation: int) -> None:
        """Point to a new champion, if nobody else did since the pointer was read.

        Args:
            champion: The new champion.
            seen_generation: Generation from `champion()`; 0 when there was none.

        Raises:
            PreconditionFailed: Another promotion won.
        """
        self._storage.write(f"{self.root}/champion.json", encode(champion), if_generation_match=seen_generation)

    def write_release(self, number: int, record: object) -> str:
        """Store a release with its evidence and return its address. A release is written once.

        Raises:
            PreconditionFailed: The number is taken.
        """
        uri = f"{self.root}/releases/{number:06d}.json"
        self._storage.write(uri, encode(record), if_generation_match=0)
        return uri

    def read_release(self, number: int) -> dict[str, Any] | None:
        """A release record; None when there is none of that number."""
        found = self._storage.read_versioned(f"{self.root}/releases/{number:06d}.json")
        return msgspec.json.decode(found[0]) if found else None

    def releases(self) -> list[tuple[int, dict[str, Any]]]:
        """Every release record with its number, in the order of the numbers; also of those that never served."""
        prefix = f"{self.root}/releases/"
        return [
            (
                int(found.uri.removeprefix(prefix).removesuffix(".json")),
                msgspec.json.decode(self._storage.read(found.uri)),
            )
            for found in self._storage.list(prefix)
        ]

    def last_release_number(self) -> int:
        """The highest number that a release record has; 0 before the first."""
        prefix = f"{self.root}/releases/"
        numbers = [int(one.uri.removeprefix(prefix).removesuffix(".json")) for one in self._storage.list(prefix)]
        return max(numbers, default=0)

    def write_shadow(self, shadow_id: str, record: object) -> str:
        """Store what a replay of logged prompts showed and return its address; the same replay replaces its record."""
        uri = f"{self.root}/shadows/{shadow_id}.json"
        self._storage.write(uri, encode(record))
        return uri

    def read_rollout(self, kind: type[Record]) -> tuple[Record, int] | None:
        """Who changes what serves at the moment, and the record's generation; None when nobody does."""
        found = self._storage.read_versioned(f"{self.root}/rollout.json")
        return (msgspec.json.decode(found[0], type=kind), found[1]) if found else None

    def write_rollout(self, record: object, seen_generation: int) -> int | None:
        """The record's new generation; None when somebody else has written it since it was read (0: since never)."""
        try:
            return self._storage.write(f"{self.root}/rollout.json", encode(record), if_generation_match=seen_generation)
        except PreconditionFailed:
            return None

    def end_rollout(self, generation: int) -> None:
        """Remove the record, unless somebody else has written it."""
        self._storage.delete(f"{self.root}/rollout.json", if_generation_match=generation)

    def claim_launch(self, fingerprint: str, attempt: int, claim: LaunchClaim, seen_generation: int = 0) -> int | None:
        """Take or change the right to start the paid job of a fingerprint.

        Args:
            fingerprint: The candidate's fingerprint.
            attempt: 1 for the first job, one more for every job that ended badly.
            claim: Who claims it.
            seen_generation: 0 to claim it for the first time, a generation to take over or change that very claim.

        Returns:
            The claim's new generation, or None when somebody else holds it.
        """
        try:
            return self._storage.write(
                self._launch_uri(fingerprint, attempt), encode(claim), if_generation_match=seen_generation
            )
        except PreconditionFailed:
            return None

    def read_launch(self, fingerprint: str, attempt: int) -> tuple[LaunchClaim, int] | None:
        """The claim of an attempt and its generation; None when nobody claimed it."""
        found = self._storage.read_versioned(self._launch_uri(fingerprint, attempt))
        return (msgspec.json.decode(found[0], type=LaunchClaim), found[1]) if found else None

    def launched_jobs(self, fingerprint: str) -> list[str]:
        """Resource names of the jobs that claims of the fingerprint name."""
        claims = [
            msgspec.json.decode(self._storage.read(found.uri), type=LaunchClaim)
            for found in self._storage.list(f"{self.root}/tuning/{fingerprint}/")
        ]
        return [claim.job for claim in claims if claim.job]

    def _launch_uri(self, fingerprint: str, attempt: int) -> str:
        return f"{self.root}/tuning/{fingerprint}/{attempt}.json"


def encode(record: object) -> bytes:
    """The record as indented JSON with sorted keys, ending in a newline."""
    return msgspec.json.format(msgspec.json.encode(record, order="sorted"), indent=2) + b"\n"
