"""A model line of the rounds: one fingerprint, its faults, and what the service knows of it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

import httpx

from components.gcp.ledger import Ledger
from components.gcp.storage import Storage
from local_vertex.server import RunningServer
from tests.components.new_step import new_step
from tests.components.tuning_line import JOBS, request_for, write_plan

CREATE = {"method": "POST", "path": f"{JOBS}$"}
READ = {"method": "GET", "path": JOBS}
FAULTS: list[dict[str, Any]] = [
    {**CREATE, "action": "lose_reply", "rate": 0.15},
    {**CREATE, "action": "status", "status": 503, "rate": 0.1},
    {**CREATE, "action": "status", "status": 429, "rate": 0.1},
    {**CREATE, "action": "reset", "rate": 0.05},
    {**CREATE, "action": "delay", "delay_s": 0.3, "rate": 0.5},
    {**READ, "action": "status", "status": 503, "rate": 0.15},
    {**READ, "action": "status", "status": 500, "rate": 0.05},
    {**READ, "action": "reset", "rate": 0.05},
    {"method": "POST", "path": "^/upload/", "action": "lose_reply", "rate": 0.04},
    {"method": "POST", "path": "^/upload/", "action": "delay", "delay_s": 0.2, "rate": 0.2},
    {"path": "^/(storage|download)/", "action": "status", "status": 503, "rate": 0.03},
]


@dataclass
class Line:
    """A fingerprint with everything that a task needs to tune it.

    Attributes:
        name: Of its project and bucket.
        url: The server.
        environment: Leads Google's clients to the server.
        config: The run configuration.
        fingerprint: What is tuned.
        plan_uri: Address of the plan.
        snapshot_uri: Address of the snapshot.
        project: Its project.
        ledger: Its ledger.
        seed: Of the faults.
        fails: Whether its job fails.
    """

    name: str
    url: str
    environment: dict[str, str]
    config: str
    fingerprint: str
    plan_uri: str
    snapshot_uri: str
    project: str
    ledger: Ledger
    seed: int
    fails: bool

    def faults_on(self) -> None:
        """Let requests fail at random from here on, each time at others."""
        self.seed += 1
        end = [{**CREATE, "action": "fail_job", "message": "the data is no good"}] if self.fails else []
        # A job that shall fail must not be created by a request that meets another fault after it was accepted.
        rules = [rule for rule in FAULTS if not (self.fails and rule["action"] in ("lose_reply", "delay"))] + end
        httpx.post(f"{self.url}/_faults", json={"seed": self.seed, "faults": rules}).raise_for_status()

    def faults_off(self) -> Counter[str]:
        """Lift the faults; how many struck, by kind."""
        rules = httpx.get(f"{self.url}/_faults").json()["faults"]
        httpx.delete(f"{self.url}/_faults").raise_for_status()
        struck: Counter[str] = Counter()
        for rule in rules:
            kind = f"{rule['action']} {rule['status']}" if rule["action"] == "status" else rule["action"]
            if rule["action"] != "fail_job":
                struck[f"faults: {kind}"] += rule["fired"]
        return struck

    def jobs(self) -> list[dict[str, Any]]:
        """The tuning jobs of the fingerprint, as the service lists them."""
        parent = f"{self.url}/v1/projects/{self.project}/locations/us-central1/{JOBS}"
        found = httpx.get(parent, headers={"authorization": "Bearer local"}).raise_for_status().json()
        return list(found.get("tuningJobs", []))

    def phase(self) -> str:
        """How far the tasks of the line had come."""
        claim, jobs = self.ledger.read_launch(self.fingerprint, 1), self.jobs()
        if claim is None:
            return "before the claim"
        if not jobs:
            return "between claim and job" if claim[0].state == "claimed" else "while a refused create is repeated"
        if not claim[0].job:
            return "between job and its record"
        ended = jobs[0]["state"] in ("JOB_STATE_SUCCEEDED", "JOB_STATE_FAILED")
        return "after the end of the job" if ended else "while the job runs"


def new_line(server: RunningServer, name: str, seed: int, *, fails: bool) -> Line:
    """A line with its bucket, dataset and plan; clients of this process must lead to the server."""
    step = new_step(name)
    wanted = request_for(step)
    plan, snapshot = write_plan(step, wanted.train_uri, wanted.fingerprint)
    ledger = Ledger(Storage(step.cloud.project), step.ledger.root)
    environment, project = server.environment(), step.cloud.project
    return Line(
        name,
        server.base_url,
        environment,
        step.config,
        wanted.fingerprint,
        plan,
        snapshot,
        project,
        ledger,
        seed,
        fails,
    )
