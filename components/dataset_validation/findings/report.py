"""The result of a validation: findings and facts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from components.dataset_validation.checks.file_facts import FileFacts
from components.dataset_validation.findings.finding import Finding
from components.dataset_validation.rules.catalogue import RULES, Severity
from components.errors import RetuneError, dataset_error


class DatasetReport(msgspec.Struct, frozen=True):
    """What validation says of a dataset.

    Attributes:
        findings: Errors first; by split, file, line and rule; at most twenty of each rule.
        counts: Exact number of findings by code, in the order of the catalogue.
        splits: Facts of every file that could be read, by split.
    """

    findings: list[Finding]
    counts: dict[str, int]
    splits: dict[str, FileFacts]

    @property
    def errors(self) -> list[Finding]:
        """The findings that make the dataset invalid."""
        return [finding for finding in self.findings if finding.severity == "error"]

    @property
    def warnings(self) -> list[Finding]:
        """The findings that do not."""
        return [finding for finding in self.findings if finding.severity == "warning"]

    def total(self, severity: Severity) -> int:
        """Exact number of findings of a severity."""
        codes = {finding.code for finding in self.findings if finding.severity == severity}
        return sum(self.counts[code] for code in codes)

    @property
    def is_valid(self) -> bool:
        """Whether there is no error."""
        return not self.errors

    def first_error(self) -> RetuneError | None:
        """The first error as an exception to raise, which says how many there are; None for a valid dataset."""
        if self.is_valid:
            return None
        first = self.errors[0]
        total = self.total("error")
        more = f"; {total - 1} more error(s) in the dataset" if total > 1 else ""
        path = f" at {first.json_path}" if first.json_path else ""
        return dataset_error(first.code, f"{first.message}{path}{more}", first.remedy, first.where)

    def to_dict(self) -> dict[str, Any]:
        """The report as JSON values: `valid`, `findings` (counts), `examples` (findings) and `splits` (facts)."""
        return {
            "valid": self.is_valid,
            "findings": self.counts,
            "examples": msgspec.to_builtins(self.findings),
            "splits": msgspec.to_builtins(self.splits),
        }

    def to_json(self) -> bytes:
        """`to_dict` as JSON text, the same bytes for the same dataset."""
        return msgspec.json.encode(self.to_dict())


def sorted_report(
    findings: list[Finding], counts: dict[str, int], splits: dict[str, FileFacts], files: Sequence[str]
) -> DatasetReport:
    """The report with its findings and counts in their order; files in the order in which they are given."""
    split_order = list(splits)
    codes = list(RULES)
    place = {name: number for number, name in enumerate(files)}
    order = sorted(
        findings,
        key=lambda one: (
            one.severity,
            split_order.index(one.split),
            place.get(one.file, -1),
            one.line,
            codes.index(one.code),
            one.json_path,
        ),
    )
    return DatasetReport(order, {code: counts[code] for code in codes if counts.get(code)}, splits)
