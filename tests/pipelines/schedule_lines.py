"""Model lines with a schedule on local Vertex, whose runs do nothing: what is tested is which runs are started."""

# kfp reads the annotations of components: no postponed evaluation here.
import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from google.cloud.aiplatform_v1 import PipelineServiceClient, ScheduleServiceClient
from google.cloud.aiplatform_v1.types import CreatePipelineJobRequest, PipelineJob, Schedule
from kfp import compiler, dsl
from typer.testing import CliRunner, Result

from components.gcp import schedules
from components.gcp.clients import gapic_client
from components.gcp.schedules import Kind
from components.gcp.storage import Storage
from components.gcp.template_registry import TemplateRegistry
from pipelines.cli.main import app
from pipelines.config import load_config

LOCATION = "us-central1"
TERRAFORM = Path(__file__).parents[2] / "terraform"
RUNTIME = frozenset({"gcs_output_directory", "failure_policy"})
SCHEDULE = frozenset({"start_time", "end_time"})
"""Fields of schedules; those of jobs of that name are the service's own."""


@dsl.component(base_image="retune", install_kfp_package=False)
def look(dataset_uri: str) -> str:
    return dataset_uri


@dsl.pipeline(name="retune-tuning")
def nothing(config: str, dataset_uri: str = "", trigger: str = "manual", force: str = "false") -> None:
    """The parameters of the tuning pipeline, and none of its work."""
    look(dataset_uri=dataset_uri)


@dsl.pipeline(name="retune-monitoring")
def watch_nothing(config: str, dataset_uri: str = "") -> None:
    """The parameters of the monitoring pipeline, and none of its work."""
    look(dataset_uri=dataset_uri)


@dataclass(frozen=True)
class ScheduledLine:
    """A model line, its configuration file and the objects of its bucket."""

    project: str
    folder: Path

    @property
    def config(self) -> Path:
        return self.folder / "retune.yaml"

    @property
    def bucket(self) -> str:
        return f"{self.project}-data"

    @property
    def parent(self) -> str:
        return f"projects/{self.project}/locations/{LOCATION}"

    def cloud(self, **changes: str) -> dict[str, str]:
        return {"project": self.project, "location": LOCATION, "bucket": self.bucket, **changes}

    def write_config(self, **changes: Any) -> None:
        files = {split: f"gs://{self.bucket}/line/datasets/1/{split}.jsonl" for split in ("train", "test")}
        config = {
            "name": "line",
            "cloud": self.cloud(),
            "dataset": files,
            "tuning": {"candidates": [{"base_model": "gemini-2.5-flash", "epochs": 1}], "budget_usd": 10},
        }
        self.config.write_text(yaml.safe_dump({**config, **changes}), encoding="utf-8")

    def write_environment(self, **changes: Any) -> Path:
        """The environment's file for Terraform's root, beside the real root's variables."""
        root = self.folder / "terraform"
        (root / "environments").mkdir(parents=True, exist_ok=True)
        for file in TERRAFORM.glob("variables*.tf"):
            shutil.copy(file, root)
        values = {
            "config_file": self.config.name,
            "environment": "dev",
            "project_id": self.project,
            "schedule_time_zone": "Europe/Rome",
            **changes,
        }
        file = root / "environments" / "dev.tfvars"
        lines = [f"{name:19} = {json.dumps(value)} # as in the schedule\n" for name, value in values.items()]
        file.write_text("".join(lines), encoding="utf-8")
        return file

    def upload_template(self, kind: Kind = "tuning") -> str:
        """Address by digest of the pipeline that does nothing, in the place of a real one."""
        file = self.folder / f"{kind}.yaml"
        compiler.Compiler().compile(nothing if kind == "tuning" else watch_nothing, str(file))
        repository = f"https://{LOCATION}-kfp.pkg.dev/{self.project}/retune-pipelines"
        return TemplateRegistry(repository).upload(file, ["v1.0.0"])

    def create_schedule(self, kind: Kind = "tuning", **changes: Any) -> str:
        """A paused schedule as `terraform/modules/schedule` makes it; returns its name.

        Args:
            kind: Which of the two.
            changes: Fields of schedule, job or runtime configuration, or `parameters`, that are different.
        """
        config = load_config(self.config)
        display_name = schedules.display_name("line", kind)
        parameters = {"config": config.to_parameter(config.dataset.files()), "dataset_uri": ""}
        if kind == "tuning":
            parameters |= {"trigger": "schedule", "force": "false"}
        runtime = {
            "gcs_output_directory": f"gs://{self.bucket}/pipeline_root",
            "failure_policy": "PIPELINE_FAILURE_POLICY_FAIL_FAST",
            "parameter_values": {**parameters, **changes.pop("parameters", {})},
        }
        job = {
            "display_name": display_name,
            "labels": {"environment": "dev", "managed-by": "terraform", "retune-name": "line"},
        }
        schedule = {
            "display_name": display_name,
            "cron": f"CRON_TZ=Europe/Rome {'0 3 * * 1' if kind == 'tuning' else '0 5 * * *'}",
            "max_concurrent_run_count": 1,
            "max_concurrent_active_run_count": 1,
        }
        state = changes.pop("state", "PAUSED")
        for key, value in changes.items():
            of = (
                runtime
                if key in RUNTIME
                else job
                if key in PipelineJob.meta.fields and key not in SCHEDULE
                else schedule
            )
            of[key] = value
        job.setdefault("template_uri", None if "pipeline_spec" in job else self.upload_template(kind))
        request = CreatePipelineJobRequest(
            parent=self.parent, pipeline_job=PipelineJob(**job, runtime_config=PipelineJob.RuntimeConfig(**runtime))
        )
        client = gapic_client(ScheduleServiceClient, LOCATION)
        made = client.create_schedule(
            parent=self.parent, schedule=Schedule(create_pipeline_job_request=request, **schedule)
        )
        if state == "PAUSED":
            client.pause_schedule(name=made.name)
        return str(made.name)

    def put(self, path: str, text: str = "{}\n") -> tuple[str, str]:
        """Store an object; the options that tell `retune submit` of it."""
        uri = f"gs://{self.bucket}/{path}"
        storage = Storage(self.project)
        storage.ensure_bucket(self.bucket, LOCATION)
        return uri, str(storage.write(uri, text.encode()))

    def runs(self) -> list[PipelineJob]:
        """The runs of the project, oldest first."""
        return list(gapic_client(PipelineServiceClient, LOCATION).list_pipeline_jobs(parent=self.parent))[::-1]

    def named(self) -> list[str]:
        return ["--project", self.project, "--location", LOCATION, "--name", "line"]


def call(*words: str) -> Result:
    """One call of the command line, in this process."""
    return CliRunner().invoke(app, list(words))


def told(*words: str) -> Any:
    """What the command prints as JSON."""
    done = call(*words, "--json")
    assert done.exit_code == 0, done.exception
    return json.loads(done.stdout)
