"""The checks of labels and system instructions over whole splits."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from components.dataset_validation.engine.split_record import SplitRecord
from components.dataset_validation.findings.finding import Problem, shown
from components.dataset_validation.findings.finding_log import KEPT_PER_RULE, FindingLog

DOMINANT_SHARE = 0.9
FEW_SYSTEMS = 20
"""With more different system instructions than this they are part of the data, not a setting."""

Records = Mapping[str, SplitRecord]


def check_labels(records: Records, log: FindingLog) -> None:
    """Find labels that training never saw, that are spelt in two ways, or that nearly all examples have."""
    train = records.get("train")
    trained = train.tally.label_counts(len(train)) if train is not None else Counter[str]()
    if not trained:
        return
    counted = {split: record.tally.label_counts(len(record), few=True) for split, record in records.items()}
    label, count = trained.most_common(1)[0]
    if len(trained) > 1 and count > DOMINANT_SHARE * trained.total():
        message = f"{count / trained.total():.0%} of the examples have the label {shown(label)}"
        log.add("train", 0, Problem("DATA-LABEL-BALANCE", message))
    for split in ("validation", "test"):
        unseen = sorted(counted.get(split, Counter()).keys() - trained.keys())
        first = [
            (0, Problem("DATA-LABEL-UNSEEN", f"no training example has the label {shown(one)}"))
            for one in unseen[:KEPT_PER_RULE]
        ]
        log.count(split, "DATA-LABEL-UNSEEN", len(unseen), first)
    _check_spelling(sum(counted.values(), Counter()), {split: set(one) for split, one in counted.items()}, log)


def _check_spelling(total: Counter[str], labels: Mapping[str, set[str]], log: FindingLog) -> None:
    """Labels that equal a more frequent one but for case, outer white space and a final mark."""
    usual: dict[str, str] = {}
    for label in sorted(total, key=lambda one: (-total[one], one)):
        usual.setdefault(_bare(label), label)
    for split, own in labels.items():
        odd = sorted(label for label in own if usual[_bare(label)] != label)
        first = [
            (0, Problem("DATA-LABEL-SPELLING", f"{shown(label)} beside {shown(usual[_bare(label)])}"))
            for label in odd[:KEPT_PER_RULE]
        ]
        log.count(split, "DATA-LABEL-SPELLING", len(odd), first)


def _bare(label: str) -> str:
    return label.strip().rstrip(".!").casefold()


def check_systems(records: Records, log: FindingLog) -> None:
    """Find system instructions that only some splits, or only some examples of the training split, have."""
    train = records.get("train")
    if train is None or len(train.systems) > FEW_SYSTEMS:
        return
    for split in ("validation", "test"):
        record = records.get(split)
        unseen = record.systems - train.systems if record is not None else set()
        if unseen:
            message = f"{len(unseen)} system instruction(s) that no training example has"
            log.add(split, 0, Problem("DATA-SYSTEM-MIXED", message))
