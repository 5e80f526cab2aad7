"""The ledger under concurrency and after kills: promises 2 and 6."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import msgspec
import pytest

from components.errors import ExitCode, RetuneError, dataset_error
from components.gcp.launch_claim import LaunchClaim
from components.gcp.ledger import Champion
from components.gcp.storage import PreconditionFailed
from components.step import Step, running_step
from tests.components.stand_ins import Faults


def champion(release: int, run: str = "run") -> Champion:
    model = f"projects/1/locations/us-central1/models/{release}@1"
    return Champion(release, model, "endpoint", "gemini-2.5-flash", "f" * 64, "key", run)


def claim(run: str) -> LaunchClaim:
    return LaunchClaim(run, f"holder of {run}", "claimed", "")


def test_two_promotions_at_once_one_wins(step: Step) -> None:
    def promote(run: str) -> bool:
        try:
            step.ledger.replace_champion(champion(1, run), seen_generation=0)
        except PreconditionFailed:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        won = list(pool.map(promote, [f"run-{number}" for number in range(8)]))
    assert sum(won) == 1
    found = step.ledger.champion()
    assert found
    assert found[0].run_id == f"run-{won.index(True)}"


def test_the_pointer_is_replaced_only_from_the_generation_that_was_seen(step: Step) -> None:
    step.ledger.replace_champion(champion(1), seen_generation=0)
    found = step.ledger.champion()
    assert found
    step.ledger.replace_champion(champion(2), seen_generation=found[1])
    with pytest.raises(PreconditionFailed):
        step.ledger.replace_champion(champion(3), seen_generation=found[1])
    assert step.ledger.champion()[0].release == 2  # type: ignore[index]


def test_a_lost_reply_is_no_lost_race(step: Step, faults: Faults) -> None:
    """The client repeats the write and is refused, because its own first write was done."""
    faults.add(method="POST", path=f"upload/.*{step.cloud.bucket}", times=1, action="lose_reply")
    step.ledger.replace_champion(champion(1), seen_generation=0)
    found = step.ledger.champion()
    assert found
    assert found[0] == champion(1)
    assert step.ledger.claim_launch("f", 1, claim("run-1")) is not None


def test_one_claim_per_attempt(step: Step) -> None:
    with ThreadPoolExecutor(8) as pool:
        claims = list(pool.map(lambda run: step.ledger.claim_launch("f", 1, claim(str(run))), range(8)))
    assert sum(claim is not None for claim in claims) == 1
    assert step.ledger.claim_launch("f", 2, claim("other")) is not None


def test_a_release_is_written_once(step: Step) -> None:
    step.ledger.write_release(1, {"number": 1})
    with pytest.raises(PreconditionFailed):
        step.ledger.write_release(1, {"number": 1, "other": True})
    assert step.ledger.read_release(1) == {"number": 1}
    assert step.ledger.read_release(2) is None


def test_a_failing_step_leaves_its_cause(step: Step) -> None:
    with pytest.raises(RetuneError), running_step("validate-dataset", step.config, "run-1"):
        raise dataset_error("DATA-JSON", "not JSON", "correct the line", "train.jsonl:4000")
    error = step.ledger.errors("run-1")["validate-dataset"]
    assert (error.code, error.where, error.exit_code) == ("DATA-JSON", "train.jsonl:4000", ExitCode.DATASET_INVALID)


def test_an_unforeseen_failure_keeps_its_cause(step: Step) -> None:
    with pytest.raises(RetuneError) as caught, running_step("evaluate", step.config, "run-1"):
        raise ZeroDivisionError("division by zero")
    assert isinstance(caught.value.__cause__, ZeroDivisionError)
    assert step.ledger.errors("run-1")["evaluate"].code == "INTERNAL"


def test_records_are_the_same_bytes_for_the_same_content(step: Step) -> None:
    first = step.ledger.write_run("run-1", "a.json", {"b": 1, "a": 2})
    second = step.ledger.write_run("run-1", "b.json", {"a": 2, "b": 1})
    assert step.storage.read(first) == step.storage.read(second)
    assert msgspec.json.decode(step.storage.read(first)) == {"a": 2, "b": 1}
