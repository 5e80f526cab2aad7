"""Model lines with a schedule on local Vertex, whose runs do nothing: what is tested is which runs are started."""

# kfp reads the annotations of components: no postponed evaluation here.
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from google.cloud.aiplatform_v1 import PipelineServiceClient, ScheduleServiceClient
from google.cloud.aiplatform_v1.types import CreatePipelineJobRequest, PipelineJob, Schedule
from kfp import compiler, dsl
from typer.testing import CliRunner, Result

from components.gcp.clients import gapic_client
from components.gcp.storage import Storage
from components.gcp.template_registry import TemplateRegistry
from pipelines.cli.main import app
from pipelines.config import load_config

LOCATION = "us-central1"


@dsl.component(base_image="retune", install_kfp_package=False)
def look(dataset_uri: str) -> str:
    return dataset_uri


@dsl.pipeline(name="retune-tuning")
def nothing(config: str, dataset_uri: str = "", trigger: str = "manual", force: str = "false") -> None:
    """The parameters of the tuning pipeline, and none of its work."""
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

    def write_config(self, **changes: Any) -> None:
        files = {split: f"gs://{self.bucket}/line/datasets/1/{split}.jsonl" for split in ("train", "test")}
        config = {
            "name": "line",
            "cloud": {"project": self.project, "location": LOCATION, "bucket": self.bucket},
            "dataset": files,
            "tuning": {"candidates": [{"base_model": "gemini-2.5-flash", "epochs": 1}], "budget_usd": 10},
        }
        self.config.write_text(yaml.safe_dump({**config, **changes}), encoding="utf-8")

    def upload_template(self) -> str:
        """Address by digest of the pipeline that does nothing."""
        file = self.folder / "tuning.yaml"
        compiler.Compiler().compile(nothing, str(file))
        repository = f"https://{LOCATION}-kfp.pkg.dev/{self.project}/retune-pipelines"
        return TemplateRegistry(repository).upload(file, ["v1.0.0"])

    def create_schedule(self, display_name: str = "retune-line", **changes: Any) -> str:
        """A paused schedule as `terraform/modules/schedule` makes it; returns its name."""
        config = load_config(self.config)
        parameters = {"config": config.to_parameter(config.dataset.files()), "trigger": "schedule", "force": "false"}
        job = PipelineJob(
            display_name=display_name,
            labels={"retune-name": "line"},
            template_uri=changes.pop("template_uri", None) or self.upload_template(),
            runtime_config=PipelineJob.RuntimeConfig(
                gcs_output_directory=f"gs://{self.bucket}/pipeline_root",
                parameter_values={**parameters, **changes.pop("parameters", {})},
            ),
        )
        given = {"cron": "CRON_TZ=Europe/Rome 0 3 * * 1", "max_concurrent_run_count": 1} | {
            "max_concurrent_active_run_count": 1,
            **changes,
        }
        request = CreatePipelineJobRequest(parent=self.parent, pipeline_job=job)
        client = gapic_client(ScheduleServiceClient, LOCATION)
        made = client.create_schedule(
            parent=self.parent,
            schedule=Schedule(display_name=display_name, create_pipeline_job_request=request, **given),
        )
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
