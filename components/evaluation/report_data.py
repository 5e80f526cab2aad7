"""Everything that the report of an evaluation shows, as a record that is kept beside it."""

from __future__ import annotations

from typing import Any

import msgspec

from components.evaluation.break_even import BreakEven
from components.evaluation.evaluation import Evaluation
from components.evaluation.gate import Decision
from components.evaluation.latency import Latencies
from components.evaluation.side_by_side import SideBySide
from components.supervised_tuning.tuned_model import TunedModel


class CostLine(msgspec.Struct, frozen=True):
    """One line of the bill.

    Attributes:
        label: What was paid for.
        usd: List price in US dollars; None when unknown.
        note: How it was reckoned.
    """

    label: str
    usd: float | None
    note: str = ""


class ReportData(msgspec.Struct, frozen=True):
    """Everything that the report shows. The page is made from it alone, at any time, to the same bytes.

    Attributes:
        run_id: The run's identifier; of `retune evaluate`, the folder's name.
        name: The configuration's name for what is tuned.
        evaluation: The evaluation.
        verdict: The gate's decision; None where no gate decided.
        tuned: The candidates' tuned models.
        dataset_facts: The validator's facts: `splits` (facts by split, `labels` counted by label) and `findings`
            (count by code).
        latencies: One for each system, in the order of the evaluation's systems.
        break_even: One for each candidate that was tuned in the run.
        examples: Answers side by side, of the winner or else of the first candidate; None where nothing is compared.
        costs: Lines of the bill.
    """

    run_id: str
    name: str
    evaluation: Evaluation
    verdict: Decision | None = None
    tuned: list[TunedModel] = []
    dataset_facts: dict[str, Any] = {}
    latencies: list[Latencies] = []
    break_even: list[BreakEven] = []
    examples: SideBySide | None = None
    costs: list[CostLine] = []

    def to_json(self) -> bytes:
        """The record as JSON; metrics and labels keep their order."""
        return msgspec.json.format(msgspec.json.encode(self), indent=1) + b"\n"

    @classmethod
    def from_json(cls, data: bytes) -> ReportData:
        """The record that `to_json` wrote."""
        return msgspec.json.decode(data, type=cls)
