"""What the user chooses where the service is not documented: at the start, and with `/_settings` later."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from google.api_core import exceptions
from google.cloud.aiplatform_v1.types import DeployedModel, Endpoint
from google.genai import errors
from google.protobuf.field_mask_pb2 import FieldMask

from local_vertex.__main__ import main
from local_vertex.server import RunningServer, start
from local_vertex.settings import Settings

if TYPE_CHECKING:
    from tests.local_vertex.conftest import Cloud

CloudOf = Callable[[RunningServer, str], "Cloud"]
MANY_EPOCHS = 100_000


@pytest.fixture(scope="module")
def strict(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """A server that was started with the choices that are not the defaults."""
    settings = Settings(1, "refuse", "refuse")
    server = start(tmp_path_factory.mktemp("strict"), ephemeral=True, idle_shutdown_s=3600, settings=settings)
    yield server
    server.stop()


def change(server: RunningServer, **settings: Any) -> httpx.Response:
    with httpx.Client(base_url=server.base_url) as web:
        return web.post("/_settings", json=settings)


def test_weighted_traffic_is_refused_or_accepted_as_chosen(
    strict: RunningServer, cloud_of: CloudOf, topics: list[dict[str, Any]]
) -> None:
    cloud = cloud_of(strict, "weights")
    job = cloud.ended(cloud.tune(cloud.upload("train.jsonl", topics), epoch_count=1))
    model = DeployedModel(model=str(job.tuned_model.model))  # type: ignore[union-attr]
    client = cloud.endpoints
    created = client.create_endpoint(parent=cloud.parent(), endpoint=Endpoint(display_name="serving"))
    endpoint = created.result().name
    deployed = client.deploy_model(endpoint=endpoint, deployed_model=model, traffic_split={"0": 100}).result()
    old = deployed.deployed_model.id
    weights = {old: 90, "0": 10}
    with pytest.raises(exceptions.BadRequest, match="cannot be split"):
        client.deploy_model(endpoint=endpoint, deployed_model=model, traffic_split=weights)
    whole = client.deploy_model(endpoint=endpoint, deployed_model=model, traffic_split={old: 0, "0": 100}).result()
    new, halves = whole.deployed_model.id, Endpoint(name=endpoint, traffic_split={old: 50})
    halves.traffic_split[new] = 50
    mask = FieldMask(paths=["traffic_split"])
    with pytest.raises(exceptions.BadRequest, match="cannot be split"):
        client.update_endpoint(endpoint=halves, update_mask=mask)
    assert change(strict, weighted_traffic="accept").json()["weighted_traffic"] == "accept"
    assert client.update_endpoint(endpoint=halves, update_mask=mask).traffic_split == {old: 50, new: 50}
    assert change(strict, weighted_traffic="refuse").json()["weighted_traffic"] == "refuse"


def test_jobs_above_the_quota_are_refused_or_wait_as_chosen(
    strict: RunningServer, cloud_of: CloudOf, topics: list[dict[str, Any]]
) -> None:
    cloud = cloud_of(strict, "quota")
    uri = cloud.upload("train.jsonl", topics * 100)
    first = cloud.tune(uri, epoch_count=MANY_EPOCHS)
    with pytest.raises(errors.ClientError, match="Quota exceeded") as caught:
        cloud.tune(uri, epoch_count=1)
    assert (caught.value.code, caught.value.status) == (429, "RESOURCE_EXHAUSTED")
    # Regions share the quota.
    with pytest.raises(errors.ClientError, match="Quota exceeded"):
        cloud.tune(uri, location="europe-west4", epoch_count=1)
    change(strict, above_tuning_quota="wait")
    waiting = cloud.tune(uri, epoch_count=1)
    cloud.genai().tunings.cancel(name=str(first.name))
    assert cloud.ended(waiting).state == "JOB_STATE_SUCCEEDED"
    change(strict, above_tuning_quota="refuse")
    cloud.ended(cloud.tune(uri, epoch_count=1))


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"weighted_traffic": "perhaps"}, "is one of"),
        ({"colour": "blue"}, "unknown setting"),
        ({"concurrent_tuning_jobs": 0}, "at least 1"),
        ({"concurrent_tuning_jobs": True}, "at least 1"),
        ({"above_tuning_quota": "wait", "colour": 1}, "unknown setting"),
    ],
)
def test_a_wrong_setting_changes_nothing(strict: RunningServer, settings: dict[str, Any], sentence: str) -> None:
    refused = change(strict, **settings)
    assert (refused.status_code, sentence in refused.json()["error"]["message"]) == (400, True)
    with httpx.Client(base_url=strict.base_url) as web:
        assert web.post("/_settings", content="[]").status_code == 400
        assert web.get("/_settings").json() == Settings(1, "refuse", "refuse").to_record()


def test_a_wrong_start_option_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--state-dir", str(tmp_path), "--concurrent-tuning-jobs", "0"])
    assert "concurrent_tuning_jobs" in capsys.readouterr().err
