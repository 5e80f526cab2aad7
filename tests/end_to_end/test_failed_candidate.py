"""A candidate whose tuning job fails does not sink the others, through the whole compiled pipeline."""

from __future__ import annotations

import json

import httpx

from tests.end_to_end.model_line import Connect, ModelLine, tuning_jobs


def test_a_run_goes_on_without_the_candidate_that_failed(fresh_triage: ModelLine, connect: Connect) -> None:
    """One of the two jobs fails, and the service takes one job at a time and refuses others with 429."""
    plan = fresh_triage.folder / "faults.json"
    fault = {"action": "fail_job", "method": "POST", "path": "tuningJobs$", "nth": 1, "message": "The data is no good."}
    plan.write_text(json.dumps({"faults": [fault]}))
    assert fresh_triage.retune("local", "up", "--faults", str(plan)).status == 0
    quota = {"concurrent_tuning_jobs": 1, "above_tuning_quota": "refuse"}
    httpx.post(f"{fresh_triage.server()['base_url']}/_settings", json=quota).raise_for_status()
    done = fresh_triage.run()
    assert done.status == 0, done.errors
    assert done.result["verdict"] == "promote"
    roles = [one["system"]["role"] for one in done.result["evaluation"]["systems"]]
    assert roles.count("candidate") == 1
    failures = [(one["code"], one["message"]) for one in done.result["failures"]]
    assert failures == [("TUNE-FAILED", "the tuning job ended as JOB_STATE_FAILED: The data is no good.")]
    states = sorted(str(job.state and job.state.value) for job in tuning_jobs(connect(fresh_triage)))
    assert states == ["JOB_STATE_FAILED", "JOB_STATE_SUCCEEDED"]
    page = (fresh_triage.folder / done.result["report"]).read_text(encoding="utf-8")
    assert page.count("tokens, estimated") == 2  # the job that failed was started too
    assert page.count("; no model came of it") == 1
    assert "lowest validation loss" in page
