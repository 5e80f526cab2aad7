"""The record of a run's report, as it was stored."""

from __future__ import annotations

from components.errors import configuration_error
from components.evaluation.report_data import ReportData
from components.step import Step

REPORT = "report.json"


def stored_report(step: Step, run_id: str, report_uri: str) -> ReportData:
    """What the report of the run shows.

    Args:
        step: The model line.
        run_id: The run.
        report_uri: Where its outcome says that its report is: a skipped run has that of the run which answered the
            question. Empty when the run had no outcome.

    Raises:
        RetuneError: `RUN-REPORT`, there is none.
    """
    places = [step.ledger.run_uri(run_id, REPORT)]
    if report_uri:
        places.append(f"{report_uri.rpartition('/')[0]}/{REPORT}")
    for uri in places:
        found = step.storage.read_versioned(uri)
        if found is not None:
            return ReportData.from_json(found[0])
    raise configuration_error(
        "RUN-REPORT",
        "the run has no report: there is no such run, or it ended before the gate decided",
        "see `retune status`, and the run's failure",
        run_id,
    )
