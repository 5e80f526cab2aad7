"""Jobs and schedules by `templateUri`: uploaded with kfp's own client, resolved when a run starts."""

from pathlib import Path
from typing import Any

import httpx
import pytest
import requests
from google.api_core import exceptions
from google.cloud import aiplatform_v1
from kfp import dsl
from kfp.registry import RegistryClient

REPOSITORY = "us-central1/retune-test/retune-pipelines"


@dsl.component(base_image="retune-python", install_kfp_package=False)
def greet(text: str) -> str:
    return f"größer {text}"


@dsl.pipeline(name="greeting")
def greeting(text: str = "x") -> None:
    greet(text=text)


@pytest.fixture
def registry(server: Any) -> RegistryClient:
    return RegistryClient(host=f"{server.base_url}/kfp/{REPOSITORY}")


@pytest.fixture
def file(jobs: Any, tmp_path: Path) -> Path:
    jobs.compiled(greeting)
    return Path(jobs._folder / "greeting.yaml")


def job(uri: str, **values: str) -> aiplatform_v1.PipelineJob:
    return aiplatform_v1.PipelineJob(
        template_uri=uri, runtime_config={"gcs_output_directory": "gs://bucket/root", "parameter_values": values}
    )


@pytest.mark.parametrize("by", ["digest", "tag"])
def test_a_job_runs_the_template_that_its_address_names(
    jobs: Any, registry: RegistryClient, file: Path, by: str
) -> None:
    package, version = registry.upload_pipeline(str(file), tags=["v1.0.0"])
    assert package == "greeting"
    name = version if by == "digest" else "v1.0.0"
    uri = f"https://us-central1-kfp.pkg.dev/retune-test/retune-pipelines/{package}/{name}"
    made = jobs.client.create_pipeline_job(parent=jobs.parent, pipeline_job=job(uri, text="so"))
    ended = jobs.wait(made.name)
    assert jobs.outputs(ended) == {"greet": "größer so"}
    assert (ended.template_uri, ended.template_metadata.version) == (uri, version)


def test_a_download_is_the_uploaded_file_and_a_tag_moves(registry: RegistryClient, file: Path, tmp_path: Path) -> None:
    package, first = registry.upload_pipeline(str(file), tags=["moving"])
    changed = tmp_path / "changed.yaml"
    changed.write_bytes(file.read_bytes() + b"# changed\n")
    _, second = registry.upload_pipeline(str(changed), tags=["moving", "v2"])
    assert first != second
    by_tag = registry.download_pipeline(package, tag="moving", file_name=str(tmp_path / "tag.yaml"))
    by_digest = registry.download_pipeline(package, version=first, file_name=str(tmp_path / "digest.yaml"))
    assert Path(by_tag).read_bytes() == changed.read_bytes()
    assert Path(by_digest).read_bytes() == file.read_bytes()


@pytest.mark.parametrize(
    "uri",
    [
        "https://us-central1-kfp.pkg.dev/retune-test/retune-pipelines/greeting/never-uploaded",
        "https://us-central1-kfp.pkg.dev/other-project/retune-pipelines/greeting/v1.0.0",
        "https://example.com/greeting.yaml",
    ],
)
def test_what_was_not_uploaded_here_is_refused(jobs: Any, registry: RegistryClient, file: Path, uri: str) -> None:
    registry.upload_pipeline(str(file), tags=["v1.0.0"])
    with pytest.raises(exceptions.BadRequest, match="was not uploaded to local Vertex"):
        jobs.client.create_pipeline_job(parent=jobs.parent, pipeline_job=job(uri))


@pytest.mark.parametrize("content", [b"", b"- a\n", b"a: [\n", b"pipelineInfo: {name: x}\n", b"\xff\xfe"])
def test_what_is_no_pipeline_is_not_kept(registry: RegistryClient, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x.yaml").write_bytes(content)
    with pytest.raises(requests.HTTPError, match="400"):
        registry.upload_pipeline(str(tmp_path / "x.yaml"))


def test_a_form_without_a_file_and_a_bad_tag_are_refused(server: Any, registry: RegistryClient, file: Path) -> None:
    address = f"{server.base_url}/kfp/{REPOSITORY}"
    assert httpx.post(address, content=b"x").status_code == 400
    assert httpx.get(f"{address}/greeting/unknown").status_code == 404
    with pytest.raises(requests.HTTPError, match="400"):
        registry.upload_pipeline(str(file), tags=["../up"])
