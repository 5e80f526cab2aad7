"""A pipeline run that goes on for as long as a test wants, and does nothing."""

# kfp reads the annotations of components: no postponed evaluation here.
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import yaml
from kfp import compiler, dsl

from components.gcp.cloud_settings import CloudSettings
from components.gcp.pipeline_jobs import PipelineJobs


@dsl.component(base_image="retune", install_kfp_package=False)
def wait(port: int) -> None:
    import socket

    socket.create_connection(("127.0.0.1", port)).recv(1)


@dsl.pipeline(name="waits")
def waits(port: int) -> None:
    """Waits until the test hangs up."""
    wait(port=port)


@contextmanager
def living_run(cloud: CloudSettings, run_id: str, folder: Path) -> Iterator[None]:
    """Within, the run is under way; after that it is cancelled."""
    file, jobs = folder / "waits.yaml", PipelineJobs(cloud)
    compiler.Compiler().compile(waits, str(file))
    spec = next(yaml.safe_load_all(file.read_text()))
    with socket.create_server(("127.0.0.1", 0)) as nobody_answers:
        name = jobs.submit(run_id, spec, {"port": nobody_answers.getsockname()[1]}, {})
        yield
        assert not jobs.get(name).ended, "the run ended before the test did"
        jobs.cancel(name)
