"""The model card: what a version was made from, what it showed, why it was promoted, and where its limits are."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from components.dataset_validation.rules.catalogue import RULES
from components.dataset_validation.snapshot import Snapshot
from components.evaluation.evaluation import Evaluation
from components.evaluation.gate import Decision
from components.evaluation.report_data import CostLine
from components.model_registration.card_training import cost, parameters, training
from components.report_page import markdown_text
from components.supervised_tuning.tuned_model import TunedModel

SHOWN_LABELS = 20


class CardFacts(msgspec.Struct, frozen=True):
    """What the card is made of.

    Attributes:
        name: The model line.
        run_id: The run.
        tuned: The version.
        snapshot: The data that it was tuned on.
        dataset: The validator's facts about the data.
        evaluation: The comparison.
        decision: The gate's verdict.
        costs: What the run cost.
    """

    name: str
    run_id: str
    tuned: TunedModel
    snapshot: Snapshot
    dataset: dict[str, Any]
    evaluation: Evaluation
    decision: Decision
    costs: list[CostLine]


def render_card(facts: CardFacts) -> str:
    """The card as Markdown, without texts of examples; names that come from the data are escaped."""
    made_from = [*_head(facts), *_data(facts), *_findings(facts.dataset), *training(facts.tuned), *cost(facts.costs)]
    return "\n".join([*made_from, *_evaluation(facts), *_verdict(facts), *_limits(facts)]) + "\n"


def _head(facts: CardFacts) -> Iterator[str]:
    candidate, tuned = facts.tuned.candidate, facts.tuned
    yield f"# {markdown_text(facts.name)}: model card"
    yield ""
    yield "| | |"
    yield "|---|---|"
    rows = {
        "model": tuned.model,
        "base model": candidate.base_model,
        "tuning": parameters(candidate),
        "tuning job": tuned.tuning_job,
        "fingerprint": candidate.fingerprint,
        "run": facts.run_id,
    }
    yield from (f"| {name} | {markdown_text(value)} |" for name, value in rows.items())


def _data(facts: CardFacts) -> Iterator[str]:
    yield "\n## Data\n"
    yield f"Snapshot {markdown_text(facts.snapshot.uri)}, SHA-256 `{facts.snapshot.sha256}`.\n"
    yield "| | examples | bytes | tokens (estimate) |"
    yield "|---|---:|---:|---:|"
    for split, one in facts.snapshot.splits.items():
        yield f"| {markdown_text(split)} | {one.rows:,} | {one.bytes:,} | {one.tokens:,} |"
    labels = (facts.dataset.get("splits") or {}).get("train", {}).get("labels") or {}
    if labels:
        most = sorted(labels.items(), key=lambda one: (-int(one[1]), one[0]))
        shown = ", ".join(f"{markdown_text(str(label))} {count:,}" for label, count in most[:SHOWN_LABELS])
        more = f", and {len(most) - SHOWN_LABELS} more" if len(most) > SHOWN_LABELS else ""
        yield f"\nAnswers in the training data: {shown}{more}."


def _findings(dataset: dict[str, Any]) -> Iterator[str]:
    """How often each rule was broken; what is a warning by default may have been made an error, or the other way."""
    yield "\n### Findings of validation\n"
    counts: dict[str, int] = dataset.get("findings") or {}
    if not counts:
        yield "None."
        return
    yield "| rule | findings | demands |"
    yield "|---|---:|---|"
    for code, count in counts.items():
        yield f"| `{code}` | {count:,} | {markdown_text(RULES[code].explanation) if code in RULES else ''} |"


def _evaluation(facts: CardFacts) -> Iterator[str]:
    found = facts.evaluation
    yield f"\n## Evaluation on {found.rows:,} held-out examples\n"
    names = [f"{one.system.role} {one.system.name}" for one in found.systems]
    yield "| | " + " | ".join(map(markdown_text, names)) + " |"
    yield "|---|" + "---:|" * len(names)
    for metric in found.systems[0].metrics:
        values = (one.metrics[metric] for one in found.systems)
        yield (
            f"| {markdown_text(metric)} | "
            + " | ".join(f"{v.mean:.3f} ({v.low:.3f} to {v.high:.3f})" for v in values)
            + " |"
        )
    yield "| answered | " + " | ".join(f"{one.coverage:.1%}" for one in found.systems) + " |"
    latencies = (one.latency_p50_ms for one in found.systems)
    yield "| median latency | " + " | ".join("none" if ms is None else f"{ms:,.0f} ms" for ms in latencies) + " |"
    yield f"\nIn brackets the {found.confidence:.0%} interval, from {found.resamples:,} resamples."


def _verdict(facts: CardFacts) -> Iterator[str]:
    yield f"\n## Gate: {facts.decision.verdict}\n"
    yield from (f"- {markdown_text(reason)}" for reason in facts.decision.reasons)


def _limits(facts: CardFacts) -> Iterator[str]:
    yield "\n## Limits\n"
    yield f"- What is said of quality holds for data like the {facts.evaluation.rows:,} test examples only."
    yield "- Call it with thinking off or minimal, and without a response schema: so it was tuned and evaluated."
    yield "- Token counts and prices are estimates; languages and labels are those of the training data above."
    base_model = markdown_text(facts.tuned.candidate.base_model)
    yield f"- It ends with its base model: when {base_model} is retired, tune again."
