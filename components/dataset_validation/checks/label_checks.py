"""The checks of labels over whole splits."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Iterable, Mapping

from components.dataset_validation.checks.answer_tally import Labels
from components.dataset_validation.engine.split_record import SplitRecord
from components.dataset_validation.findings.finding import Problem, shown
from components.dataset_validation.findings.finding_log import KEPT_PER_RULE, FindingLog

DOMINANT_SHARE = 0.9
FEW_EXAMPLES = 5
"""Fewer examples of one label than this teach it badly, when the others have several times as many."""
USUAL_FACTOR = 4
MISSPELT_FACTOR = 20
"""A label this much rarer than one that is spelt nearly the same is probably meant to be that one."""
MIN_TYPO_CHARS = 5

Records = Mapping[str, SplitRecord]


def check_labels(records: Records, log: FindingLog) -> None:
    """Find labels that training never saw or hardly, that nearly all examples have, or that are spelt in two ways."""
    train = records.get("train")
    trained = train.tally.all_labels(len(train)).counts if train is not None else Counter[str]()
    if not trained:
        return
    labels = {split: record.tally.all_labels(len(record), few=True) for split, record in records.items()}
    label, count = trained.most_common(1)[0]
    if len(trained) > 1 and count > DOMINANT_SHARE * trained.total():
        message = f"{count / trained.total():.0%} of the examples have the label {shown(label)}"
        log.add("train", 0, Problem("DATA-LABEL-BALANCE", message))
    misspelt = _misspelt(sum((one.counts for one in labels.values()), Counter()))
    for split, own in labels.items():
        record = records[split]
        odd = {one: f"{shown(one)} beside {shown(misspelt[one])}" for one in own.counts if one in misspelt}
        _log(log, split, record, own, "DATA-LABEL-SPELLING", odd)
        if split == "train":
            _log(log, split, record, own, "DATA-LABEL-RARE", _rare(own.counts, misspelt))
        else:
            unseen = {
                one: f"no training example has the label {shown(one)}" for one in own.counts.keys() - trained.keys()
            }
            _log(log, split, record, own, "DATA-LABEL-UNSEEN", unseen)


def _log(
    log: FindingLog, split: str, record: SplitRecord, labels: Labels, code: str, messages: Mapping[str, str]
) -> None:
    """One finding for each label, at its first row."""
    ordered = sorted(messages, key=lambda label: (labels.rows[label], label))
    first = []
    for label in ordered[:KEPT_PER_RULE]:
        file, line = record.place(labels.rows[label])
        first.append((line, Problem(code, messages[label]), file))
    log.count_placed(split, code, len(ordered), first)


def _rare(counts: Counter[str], misspelt: Iterable[str]) -> dict[str, str]:
    if statistics.median(counts.values()) < USUAL_FACTOR * FEW_EXAMPLES:
        return {}
    rare = {label: count for label, count in counts.items() if count < FEW_EXAMPLES and label not in set(misspelt)}
    return {label: f"{count} example(s) with the label {shown(label)}" for label, count in rare.items()}


def _misspelt(total: Counter[str]) -> dict[str, str]:
    """Labels that are probably another one: case, outer space or a final mark differ, or one letter of a rare one."""
    ranked = sorted(total, key=lambda one: (-total[one], one))
    usual: dict[str, str] = {}
    for label in ranked:
        usual.setdefault(_bare(label), label)
    misspelt = {label: usual[_bare(label)] for label in ranked if usual[_bare(label)] != label}
    frequent = [label for label in usual.values() if total[label] >= MISSPELT_FACTOR]
    for label in usual.values():
        if total[label] * MISSPELT_FACTOR > total[ranked[0]]:
            continue
        meant = next(
            (one for one in frequent if total[one] >= MISSPELT_FACTOR * total[label] and _is_typo(label, one)), None
        )
        if meant is not None:
            misspelt[label] = meant
    return misspelt


def _bare(label: str) -> str:
    return label.strip().rstrip(".!").casefold()


def _is_typo(label: str, other: str) -> bool:
    """Whether one letter was changed, left out, added or exchanged with its neighbour; figures are never typos."""
    if min(len(label), len(other)) < MIN_TYPO_CHARS or abs(len(label) - len(other)) > 1:
        return False
    if any(char.isdigit() for char in label + other):
        return False
    from rapidfuzz.distance import OSA

    return bool(OSA.distance(label, other, score_cutoff=1) <= 1)
