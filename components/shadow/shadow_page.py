"""The replay's record as one HTML page that needs nothing else; no text of any prompt or answer is in it."""

from __future__ import annotations

from components.report_page import page_environment
from components.shadow.shadow_line import number
from components.shadow.shadow_report import ShadowReport

_TONES = {"worse": "hold", "not worse": "promote", "undecided": "inconclusive"}
_SUMMARIES = {
    "worse": "The candidate does worse than the champion by more than is allowed.",
    "not worse": "On no line is the candidate worse by more than is allowed.",
    "undecided": "Nothing is shown to be worse by more than is allowed; more rows would decide the rest.",
}


def render_shadow(name: str, report: ShadowReport) -> str:
    """The page.

    Args:
        name: The model line.
        report: The record.
    """
    template = page_environment("components.shadow").get_template("shadow.html.j2")
    reasons = sorted({reason for rows in report.finish_reasons.values() for reason in rows})
    verdict = report.verdict
    return template.render(
        name=name, report=report, reasons=reasons, shown=number, tone=_TONES[verdict], summary=_SUMMARIES[verdict]
    )
