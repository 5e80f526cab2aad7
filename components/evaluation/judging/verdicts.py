"""Verdicts of a judge, one per question put to it, kept so that none is paid for twice."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import msgspec

from components.errors import RetuneError, service_error
from components.evaluation.judging.asked_model import AskedModel
from components.evaluation.many_at_once import call_many
from components.evaluation.no_answers import Failures
from components.evaluation.parts import Parts, PartStorage
from components.gcp.judge import Judge


class Verdict(msgspec.Struct, frozen=True):
    """What a judge said about one answer, or one pair in one order.

    Attributes:
        key: SHA-256 (hex) of the texts that it was shown.
        scores: One per sample that could be read: a rating, or how far the response shown first is preferred, 0 to 1.
        error: Why there is none; empty otherwise.
    """

    key: str
    scores: list[float]
    error: str


@dataclass(frozen=True)
class Question:
    """What a judge is shown.

    Attributes:
        fields: Texts by the names of the template.
    """

    fields: Mapping[str, str]

    @property
    def key(self) -> str:
        """Identity of the texts."""
        return hashlib.sha256(msgspec.json.encode(dict(self.fields), order="deterministic")).hexdigest()


class Verdicts:
    """Asks one judge, and keeps what it said.

    Args:
        storage: Cloud Storage.
        root: `gs://` prefix of all judges' verdicts.
        asked: The judge.
    """

    def __init__(self, storage: PartStorage, root: str, asked: AskedModel) -> None:
        self._parts = Parts(storage, f"{root}/{asked.identity[:16]}", Verdict)
        self._asked = asked

    def ask(self, judge: Judge, questions: Iterable[Question], concurrency: int) -> dict[str, Verdict]:
        """The verdict of every question, by its key; what was judged before is not asked again.

        Raises:
            RetuneError: `EVAL-JUDGE`, the judge says nothing at all; what it did say is kept.
        """
        wanted = {question.key: question for question in questions}
        found = {one.key: one for one in self._parts.read() if one.key in wanted and one.scores}
        missing = [question for key, question in wanted.items() if key not in found]
        failures = Failures(at_once=concurrency, error=self._error)

        def done(question: Question, verdict: Verdict) -> None:
            found[verdict.key] = verdict
            failures.note(verdict.error or None)

        async def ask_all() -> None:
            async with judge:
                await call_many(
                    missing, lambda question: self._judged(judge, question), self._parts,
                    concurrency=concurrency, done=done,
                )  # fmt: skip

        asyncio.run(ask_all())
        failures.check_end()
        return found

    async def _judged(self, judge: Judge, question: Question) -> Verdict:
        ask = judge.rate if self._asked.kind == "pointwise" else judge.compare
        said = await ask(self._asked.template, question.fields)
        scores = [score for score in map(self._asked.read, said.outputs) if score is not None]
        error = said.error or ("" if scores else "the judge's words hold no verdict")
        return Verdict(question.key, scores, error)

    def _error(self, said: str) -> RetuneError:
        return service_error(
            "EVAL-JUDGE",
            f"{self._asked.metric} has no scores: {said}",
            "look at the judge's model, region and quota, and start again; answers and verdicts so far are kept",
            self._asked.where,
        )


def agreement(verdicts: Sequence[Verdict]) -> float | None:
    """How far samples agree: the mean share of a verdict's samples that give its most frequent score.

    Returns:
        None where no verdict has several samples.
    """
    several = [one.scores for one in verdicts if len(one.scores) > 1]
    if not several:
        return None
    return sum(max(map(scores.count, scores)) / len(scores) for scores in several) / len(several)
