"""What is to be promoted, where to, and who approved it."""

from __future__ import annotations

import hashlib

import msgspec

from components.endpoint_deployment.release_record import Release
from components.promotion.planned_call import PlannedCall
from components.supervised_tuning.tuned_model import TunedModel


class Source(msgspec.Struct, frozen=True):
    """A version that serves in the environment it comes from.

    Attributes:
        ledger: `gs://` root of that environment's ledger.
        project: Its project.
        location: Its region.
        release: The record of its release there.
        tuned: The record of its tuning.
    """

    ledger: str
    project: str
    location: str
    release: Release
    tuned: TunedModel


class TestSet(msgspec.Struct, frozen=True):
    """The test set of the destination.

    Attributes:
        uri: `gs://` address.
        sha256: Hex digest of the file.
    """

    __test__ = False

    uri: str
    sha256: str


class PromotionPlan(msgspec.Struct, frozen=True):
    """Exactly what a promotion does. The same plan has the same digest, so an approval holds for this one only.

    Attributes:
        name: The model line.
        to: The environment.
        project: Its project.
        location: Its region.
        bucket: Its bucket.
        source: What is promoted.
        replaces: Registry name of what serves there now; empty for nothing.
        test_set: What it is evaluated on there.
        approvers: Who may approve; empty for anyone who may write to the bucket.
        calls: What happens, call by call.
    """

    name: str
    to: str
    project: str
    location: str
    bucket: str
    source: Source
    replaces: str
    test_set: TestSet
    approvers: list[str]
    calls: list[PlannedCall]

    @property
    def digest(self) -> str:
        """SHA-256 (hex) over the plan."""
        return hashlib.sha256(msgspec.json.encode(self, order="sorted")).hexdigest()


class PromotionRequest(msgspec.Struct, frozen=True):
    """An approved promotion.

    Attributes:
        plan: What was approved.
        by: Who approved it.
        why: In one sentence.
    """

    plan: PromotionPlan
    by: str
    why: str
