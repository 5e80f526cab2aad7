"""The record of a replay: addresses and numbers, no text of any prompt or answer."""

from __future__ import annotations

import msgspec

from components.evaluation.judging.report import JudgeReport
from components.shadow.compare import Agreement
from components.shadow.shadow_line import ShadowLine, Verdict


class ShadowReport(msgspec.Struct, frozen=True):
    """Champion and candidate on the same logged prompts.

    Attributes:
        candidate: Registry name with version.
        champion: Registry name with version of what serves.
        release: The champion's release.
        source: Address of the logged prompts.
        rows: Prompts that both were asked.
        unreadable: Drawn rows that could not be replayed.
        seed: Of the sample and the statistics.
        confidence: Level of the intervals.
        lines: What was compared.
        agreements: How alike the answers are.
        finish_reasons: Rows by finish reason, by `champion` and `candidate`.
        judges: How far each judge can be trusted, and what it cost.
        cost_usd: List price of all answers, those of earlier replays too; None when a price is not known.
    """

    candidate: str
    champion: str
    release: int
    source: str
    rows: int
    unreadable: int
    seed: int
    confidence: float
    lines: list[ShadowLine]
    agreements: list[Agreement]
    finish_reasons: dict[str, dict[str, int]]
    judges: list[JudgeReport]
    cost_usd: float | None

    @property
    def verdict(self) -> Verdict:
        """`worse` when any line is, `undecided` when any is and none is worse, else `not worse`."""
        verdicts = {line.verdict for line in self.lines}
        return "worse" if "worse" in verdicts else "undecided" if "undecided" in verdicts else "not worse"

    @property
    def worse(self) -> list[ShadowLine]:
        """The lines on which the candidate is worse."""
        return [line for line in self.lines if line.verdict == "worse"]
