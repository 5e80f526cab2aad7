"""Facts about one file of a dataset: sizes, tokens, lengths and labels."""

from __future__ import annotations

import msgspec
import numpy as np

from components.dataset_validation.checks.language_checks import Spoken, language_shares
from components.dataset_validation.engine.histogram import Histogram
from components.dataset_validation.engine.split_record import SplitRecord


class Distribution(msgspec.Struct, frozen=True):
    """How a count is distributed over the examples of a split.

    Attributes:
        p5: Five percent of the examples have this count or less; exact below 1,024, above at most 1.6 % too low.
        p50: The median, in the same way.
        p95: The 95th percentile, in the same way.
        max: The largest count, exact.
        bars: From, to (exclusive) and number of examples, on a logarithmic scale.
    """

    p5: int
    p50: int
    p95: int
    max: int
    bars: list[tuple[int, int, int]]


class DateSpan(msgspec.Struct, frozen=True):
    """From when to when the examples of a split are, as ISO 8601 dates.

    Attributes:
        oldest: The first date.
        newest: The last date.
    """

    oldest: str
    newest: str


class FileFacts(msgspec.Struct, frozen=True):
    """What is in the file or files of one split.

    Attributes:
        file: The file as the caller named it; several names are joined by commas.
        rows: Lines that are not blank, valid or not.
        valid: Examples without an error; the facts below are about them.
        bytes: Size of the file.
        sha256: Hex digest of the file's bytes; empty unless it was asked for.
        tokens: Estimated tokens of all examples, input and output.
        tokens_per_example: Estimated tokens of one example.
        turns: Turns of an example, answer included.
        prompt_chars: Characters of a prompt, without the system instruction.
        answer_chars: Characters of an answer.
        distinct_answers: Number of different answers.
        labels: The most frequent labels with their counts, see `AnswerTally.labels`.
        system_instructions: Number of different system instructions; none counts as one; at most
            65,536 are counted.
        media_files: Number of files in examples.
        media: The same by modality: `image`, `audio`, `video`, `document`, and `other` for MIME types of none.
        languages: Share of each language among sampled prompts; empty where nothing can be said.
        dates: First and last date; None unless dates are read and some are there.
    """

    file: str
    rows: int
    valid: int
    bytes: int
    sha256: str
    tokens: int
    tokens_per_example: Distribution
    turns: Distribution
    prompt_chars: Distribution
    answer_chars: Distribution
    distinct_answers: int
    labels: dict[str, int]
    system_instructions: int
    media_files: int
    media: dict[str, int]
    languages: dict[str, float]
    dates: DateSpan | None = None

    def language_line(self) -> str:
        """The languages with their shares in words; empty where nothing can be said."""
        return ", ".join(f"{language} {share:.0%}" for language, share in self.languages.items())


def file_facts(record: SplitRecord, spoken: list[Spoken]) -> FileFacts:
    """The facts of a split that was read to its end.

    Args:
        record: The split.
        spoken: The languages of its sample.
    """
    answers = np.sort(np.frombuffer(record.answers, np.uint64))
    return FileFacts(
        file=", ".join(part.name for part in record.files),
        rows=record.rows,
        valid=len(record),
        bytes=sum(part.bytes for part in record.files),
        sha256=record.files[0].sha256 if len(record.files) == 1 else "",
        tokens=record.tokens.total,
        tokens_per_example=_distribution(record.tokens),
        turns=_distribution(record.turns),
        prompt_chars=_distribution(record.prompt_chars),
        answer_chars=_distribution(record.answer_chars),
        distinct_answers=int((answers[1:] != answers[:-1]).sum()) + bool(len(answers)),
        labels=record.tally.labels(len(record)),
        system_instructions=len(record.systems),
        media_files=record.media.total(),
        media=dict(sorted(record.media.items())),
        languages=language_shares(spoken),
    )


def _distribution(counts: Histogram) -> Distribution:
    p5, p50, p95 = (counts.percentile(percent) for percent in (5, 50, 95))
    return Distribution(p5, p50, p95, counts.max, counts.bars())
