"""The surroundings of a month in production: a plan of Terraform, local Vertex on a clock that stands, messages."""

# kfp reads the annotations of components: no postponed evaluation here.
import json
import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from queue import Queue
from typing import Any

import httpx
import yaml
from google.cloud.aiplatform_v1 import PipelineServiceClient, ScheduleServiceClient
from google.cloud.aiplatform_v1.types import PipelineJob, Schedule
from kfp import compiler

from components.gcp.clients import gapic_client
from components.gcp.template_registry import TemplateRegistry
from tests.pipelines.schedule_lines import nothing
from tests.terraform.offline import Checkout

LOCATION, PROJECT, BUCKET = "us-central1", "sample-dev-1", "sample-dev-1-retune"
PARENT = f"projects/{PROJECT}/locations/{LOCATION}"
ACCOUNT = "retune-pipeline@sample-dev-1.iam.gserviceaccount.com"
IMAGE = f"{LOCATION}-docker.pkg.dev/{PROJECT}/retune/retune@sha256:{'a' * 64}"
ENDED_WITHIN_S = 120.0


def write_config(path: Path) -> None:
    """The tuning configuration of the model line."""
    files = {split: f"gs://{BUCKET}/datasets/1/{split}.jsonl" for split in ("train", "test")}
    config = {
        "name": "support-triage",
        "cloud": {"project": PROJECT, "location": LOCATION, "bucket": BUCKET, "service_account": ACCOUNT},
        "dataset": files,
        "tuning": {"candidates": [{"base_model": "gemini-2.5-flash", "epochs": 2}], "budget_usd": 10},
    }
    path.write_text(yaml.safe_dump(config), encoding="utf-8")


def upload_short_pipeline(folder: Path) -> str:
    """Address of a pipeline with the parameters of the tuning pipeline, whose only task ends at once."""
    file = folder / "tuning.yaml"
    compiler.Compiler().compile(nothing, str(file))
    spec = yaml.safe_load(file.read_text(encoding="utf-8"))
    for executor in spec["deploymentSpec"]["executors"].values():
        # kfp.local wants to see its executor in the command; not starting it saves a second a run.
        executor["container"]["command"] = ["sh", "-c", "true # kfp.dsl.executor_main"]
    file.write_text(yaml.safe_dump(spec), encoding="utf-8")
    return TemplateRegistry(f"https://{LOCATION}-kfp.pkg.dev/{PROJECT}/retune-pipelines").upload(file, ["v1.0.0"])


def planned(folder: Path, template_uri: str) -> dict[str, dict[str, Any]]:
    """Planned values of Terraform's root for this model line, by resource address."""
    checkout = Checkout(folder)
    write_config(folder / "retune.yaml")
    # The state's bucket needs a project; a plan from nothing needs no state.
    versions = checkout.terraform / "versions.tf"
    versions.write_text(re.sub(r'\n *backend "gcs" {}', "", versions.read_text(encoding="utf-8")), encoding="utf-8")
    values = {
        "bucket_name": BUCKET,
        "config_file": "retune.yaml",
        "environment": "dev",
        "image": IMAGE,
        "location": LOCATION,
        "project_id": PROJECT,
        "repository": f"{PARENT}/connections/github/repositories/retune",
        "schedule_active": True,
        "schedule_cron": "0 3 * * 1",
        "schedule_time_zone": "Europe/Rome",
        "state_bucket": "sample-dev-1-tfstate",
        "template_uri": template_uri,
    }
    lines = [f"{name} = {json.dumps(value)}\n" for name, value in values.items()]
    (checkout.terraform / "environments" / "dev.tfvars").write_text("".join(lines), encoding="utf-8")
    plan = checkout.run("plan", "-input=false", "-var-file=environments/dev.tfvars", "-out=month.tfplan", "-no-color")
    assert plan.returncode == 0, plan.stdout + plan.stderr
    shown = checkout.run("show", "-json", "month.tfplan")
    return dict(_resources(json.loads(shown.stdout)["planned_values"]["root_module"]))


def _resources(module: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for resource in module.get("resources", []):
        yield resource["address"], resource["values"]
    for child in module.get("child_modules", []):
        yield from _resources(child)


class Calendar:
    """The schedule on local Vertex, made from planned values as the provider makes it, and the clock it goes by.

    Args:
        base_url: Local Vertex.
        values: Planned values of the `google_colab_schedule`.
    """

    def __init__(self, base_url: str, values: dict[str, Any]) -> None:
        self._base_url = base_url
        self._schedules = gapic_client(ScheduleServiceClient, LOCATION)
        self._jobs = gapic_client(PipelineServiceClient, LOCATION)
        (request,) = values["create_pipeline_job_request"]
        (job,) = request["pipeline_job"]
        (runtime,) = job["runtime_config"]
        pipeline_job = PipelineJob(
            display_name=job["display_name"],
            labels=job["labels"],
            # Known after the apply only; the configuration must name the same account.
            service_account=job.get("service_account") or ACCOUNT,
            template_uri=job["template_uri"],
            runtime_config=PipelineJob.RuntimeConfig(
                gcs_output_directory=runtime["gcs_output_directory"],
                failure_policy=runtime["failure_policy"],
                parameter_values=runtime["parameter_values"],
            ),
        )
        self.name: str = self._schedules.create_schedule(
            parent=PARENT,
            schedule=Schedule(
                display_name=values["display_name"],
                cron=values["cron"],
                max_concurrent_run_count=int(values["max_concurrent_run_count"]),
                max_concurrent_active_run_count=int(values["max_concurrent_active_run_count"]),
                allow_queueing=values["allow_queueing"],
                create_pipeline_job_request={"parent": PARENT, "pipeline_job": pipeline_job},
            ),
        ).name

    def move_to(self, day: int) -> str | None:
        """Let the clock stand at the end of a day of March 2027; when the last scheduled run was due by then.

        Runs that were started meanwhile have ended when it returns, as they have by the next Monday.
        """
        reply = httpx.post(f"{self._base_url}/_clock", json={"time": f"2027-03-{day:02}T23:59:00Z"})
        reply.raise_for_status()
        deadline = time.monotonic() + ENDED_WITHIN_S
        while any(not job.end_time for job in self.jobs()):
            assert time.monotonic() < deadline, "a run does not end"
            time.sleep(0.1)
        last = self._schedules.get_schedule(name=self.name).last_scheduled_run_response.scheduled_run_time
        return last.strftime("%d %H:%M") if last else None

    def jobs(self) -> list[PipelineJob]:
        """Every run, oldest first."""
        return list(self._jobs.list_pipeline_jobs(parent=PARENT))[::-1]


@contextmanager
def subscriber() -> Iterator[tuple[str, "Queue[dict[str, Any]]"]]:
    """An address that takes Pub/Sub pushes, and what it was sent."""
    messages: Queue[dict[str, Any]] = Queue()

    class Endpoint(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            messages.put(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(204)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Endpoint) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/", messages
        server.shutdown()
        thread.join()
