"""The validation report as SARIF 2.1.0, which code hosts show beside the lines of a pull request.

The format: https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from components.dataset_validation.findings.finding import Finding
from components.dataset_validation.findings.report import DatasetReport
from components.dataset_validation.rules.catalogue import RULES

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"


def to_sarif(report: DatasetReport) -> dict[str, Any]:
    """The report as a SARIF log of one run; what is not listed is counted in a notification."""
    codes = list(report.counts)
    listed = {code: sum(finding.code == code for finding in report.findings) for code in codes}
    return {
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {"driver": {"name": "retune", "rules": [_rule(code) for code in codes]}},
                "columnKind": "unicodeCodePoints",
                "results": [_result(finding, codes.index(finding.code)) for finding in report.findings],
                "invocations": [
                    {
                        "executionSuccessful": True,
                        "toolExecutionNotifications": [
                            {
                                "level": "note",
                                "associatedRule": {"id": code, "index": codes.index(code)},
                                "message": {"text": f"{report.counts[code]:,} findings, of which {count} are listed"},
                            }
                            for code, count in listed.items()
                            if count < report.counts[code]
                        ],
                    }
                ],
            }
        ],
    }


def _rule(code: str) -> dict[str, Any]:
    rule = RULES[code]
    return {
        "id": code,
        "shortDescription": {"text": rule.explanation},
        "help": {"text": f"{rule.remedy}. For example: {rule.example}"},
        "defaultConfiguration": {"level": "none" if rule.severity == "off" else rule.severity},
    }


def _result(finding: Finding, index: int) -> dict[str, Any]:
    location: dict[str, Any] = {"physicalLocation": _place(finding.file, finding.line)}
    if finding.json_path:
        location["logicalLocations"] = [{"fullyQualifiedName": finding.json_path, "kind": "property"}]
    result = {
        "ruleId": finding.code,
        "ruleIndex": index,
        "level": finding.severity,
        "message": {"text": f"{finding.message}; {finding.remedy}"},
        "locations": [location],
    }
    if finding.other is not None:
        result["relatedLocations"] = [{"physicalLocation": _place(*finding.other)}]
    return result


def _place(file: str, line: int) -> dict[str, Any]:
    place: dict[str, Any] = {"artifactLocation": {"uri": quote(file, safe="/:")}}
    if line:
        place["region"] = {"startLine": line}
    return place
