"""The parts of the model card about how the version was tuned: parameters, checkpoint, losses, data, cost."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from components.evaluation.report_data import CostLine
from components.gcp.tuning_metrics import EpochMetrics
from components.report_page import markdown_text
from components.run_planning.candidate import Candidate
from components.supervised_tuning.tuned_model import TunedModel

BARS = "▁▂▃▄▅▆▇█"


def parameters(candidate: Candidate) -> str:
    """What the tuning job was asked to do; for open models the learning rate itself."""
    rate = f"learning rate × {candidate.learning_rate_multiplier:g}"
    if candidate.open_model:
        rate = f"learning rate {candidate.learning_rate:g}" if candidate.learning_rate else "learning rate: default"
    parts = [f"{candidate.epochs} epochs", rate]
    parts.append(f"adapter size {candidate.adapter_size}" if candidate.adapter_size else "all weights")
    if candidate.batch_size:
        parts.append(f"batch size {candidate.batch_size}")
    if candidate.pre_tuned_model:
        checkpoint = f", checkpoint {candidate.checkpoint}" if candidate.checkpoint else ""
        parts.append(f"going on from {candidate.pre_tuned_model}{checkpoint}")
    if candidate.custom_base_model:
        parts.append(f"going on from {candidate.custom_base_model}")
    return ", ".join(parts)


def training(tuned: TunedModel) -> Iterator[str]:
    """Checkpoint, losses by epoch, and what the service made of the training file."""
    yield "\n## Training\n"
    if tuned.checkpoint:
        which = tuned.checkpoint.checkpoint_id
        chosen = f"checkpoint {which}, after epoch {tuned.checkpoint.epoch}" if which else "the only one"
        yield f"Chosen checkpoint: {markdown_text(chosen)} ({markdown_text(tuned.checkpoint.reason)}).\n"
    yield from _losses(tuned.epochs, tuned.checkpoint.epoch if tuned.checkpoint else 0)
    if tuned.data:
        yield (
            f"\nThe service counted {tuned.data.examples:,} of {tuned.data.validated_examples:,} validated examples "
            f"and left out {tuned.data.dropped:,}; {tuned.data.billable_tokens:,} tokens were billed."
        )
    yield from (f"\n- {markdown_text(warning)}" for warning in tuned.warnings)


def _losses(epochs: Sequence[EpochMetrics], chosen: int) -> Iterator[str]:
    if not epochs:
        yield "The service reported no losses."
        return
    yield "| epoch | training loss | validation loss | validation: correct next tokens |"
    yield "|---:|---:|---:|---:|"
    for one in epochs:
        mark = " (chosen)" if one.epoch == chosen else ""
        share = "" if one.eval_accuracy is None else f"{one.eval_accuracy:.1%}"
        loss = "" if one.eval_loss is None else f"{one.eval_loss:.4f}"
        yield f"| {one.epoch}{mark} | {one.train_loss:.4f} | {loss} | {share} |"
    if len(epochs) > 1:
        validation = [one.eval_loss for one in epochs if one.eval_loss is not None]
        shown = f", validation {_bars(validation)}" if len(validation) == len(epochs) else ""
        yield f"\nLoss by epoch: training {_bars([one.train_loss for one in epochs])}{shown}"


def _bars(values: Sequence[float]) -> str:
    """One bar a value, from the lowest to the highest of them."""
    low, high = min(values), max(values)
    scale = (len(BARS) - 1) / (high - low) if high > low else 0.0
    return "".join(BARS[round((value - low) * scale)] for value in values)


def cost(lines: Sequence[CostLine]) -> Iterator[str]:
    """What the run that made the version cost, all its candidates included."""
    yield "\n## Cost of the run, list prices\n"
    yield "| | US dollars | |"
    yield "|---|---:|---|"
    for line in lines:
        usd = "unknown" if line.usd is None else f"{line.usd:,.2f}"
        yield f"| {markdown_text(line.label)} | {usd} | {markdown_text(line.note)} |"
    known = [line.usd for line in lines if line.usd is not None]
    more = "" if len(known) == len(lines) else " and what is unknown"
    yield f"| together | {sum(known):,.2f}{more} | |"
