"""The model registry through the low-level clients of both versions and google-genai."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from google.api_core import exceptions
from google.genai import types
from google.protobuf.field_mask_pb2 import FieldMask

if TYPE_CHECKING:
    from tests.local_vertex.conformance.target import Target


def aliases(client: Any, model: str) -> dict[str, list[str]]:
    return {version.version_id: list(version.version_aliases) for version in client.list_model_versions(name=model)}


def test_models_are_read_listed_and_filtered(target: Target, tuned_model: str, api: Any) -> None:
    client = target.gapic(api.ModelServiceClient)
    model, _, version = tuned_model.partition("@")
    found = client.get_model(name=tuned_model)
    assert (found.version_id, found.display_name) == (version, target.run)
    assert found.labels["retune-conformance"] == target.run
    assert client.get_model(name=f"{model}@default").version_id == client.get_model(name=model).version_id
    request = {"parent": target.parent, "filter": f'labels.retune-conformance="{target.run}"', "page_size": 1}
    assert model in [one.name for one in client.list_models(request=request)]
    order = {"order_by": "create_time desc"} if "order_by" in api.ListModelsRequest.meta.fields else {}
    request = {"parent": target.parent, "filter": f'display_name="{target.run}"', **order}
    assert model in [one.name for one in client.list_models(request=request)]
    number = model.rpartition("/")[2]
    for chosen in (
        f"model={number}",
        f'model={number} AND baseModelName="gemini-2.5-flash"',
        "labels:retune-conformance",
    ):
        assert model in [one.name for one in client.list_models(request={"parent": target.parent, "filter": chosen})]
    others = {"parent": target.parent, "filter": f"model!={number}"}
    assert model not in [one.name for one in client.list_models(request=others)]
    checkpoints = client.list_model_version_checkpoints(name=tuned_model)
    assert [checkpoint.checkpoint_id for checkpoint in checkpoints] == ["1", "2"]


def test_versions_and_their_aliases(target: Target, tuned_model: str, model: str, api: Any) -> None:
    client = target.gapic(api.ModelServiceClient)
    request = {"parent": target.parent, "source_model": tuned_model, "parent_model": model}
    assert client.copy_model(request=request).result().model_version_id == "2"
    client.merge_version_aliases(name=f"{model}@1", version_aliases=["champion", "default"])
    assert set(aliases(client, model)["1"]) == {"champion", "default"}
    client.merge_version_aliases(name=f"{model}@2", version_aliases=["champion"])
    assert client.get_model(name=f"{model}@champion").version_id == "2"
    client.merge_version_aliases(name=f"{model}@2", version_aliases=["-champion"])
    assert aliases(client, model) == {"1": ["default"], "2": []}
    client.delete_model_version(name=f"{model}@2").result()
    assert list(aliases(client, model)) == ["1"]
    client.delete_model(name=model).result()
    with pytest.raises(exceptions.NotFound):
        client.get_model(name=model)


def test_fields_change_by_mask(target: Target, model: str, api: Any) -> None:
    client = target.gapic(api.ModelServiceClient)
    changed = client.update_model(
        model=api.Model(name=model, display_name="renamed", description="why", labels={"stage": "prod"}),
        update_mask=FieldMask(paths=["labels", "description"]),
    )
    assert (dict(changed.labels), changed.description) == ({"stage": "prod"}, "why")
    assert client.get_model(name=model).display_name != "renamed"
    client.update_model(
        model=api.Model(name=f"{model}@1", version_description="the first"),
        update_mask=FieldMask(paths=["version_description"]),
    )
    assert client.get_model(name=model).version_description == "the first"


def test_evaluations_of_a_version(target: Target, model: str, api: Any) -> None:
    client = target.gapic(api.ModelServiceClient)
    evaluation = api.ModelEvaluation(
        display_name=target.run,
        metrics_schema_uri="gs://google-cloud-aiplatform/schema/modelevaluation/classification_metrics_1.0.0.yaml",
        metrics={"auPrc": 0.5},
    )
    made = client.import_model_evaluation(parent=f"{model}@1", model_evaluation=evaluation)
    assert client.get_model_evaluation(name=made.name).metrics["auPrc"] == 0.5
    assert [one.name for one in client.list_model_evaluations(parent=f"{model}@1")] == [made.name]


def test_google_genai_reads_changes_and_deletes_models(target: Target, tuned_model: str, model: str) -> None:
    client = target.genai().models
    found = client.get(model=tuned_model)
    assert found.tuned_model_info.base_model  # type: ignore[union-attr]
    listed = client.list(config=types.ListModelsConfig(query_base=False, page_size=2))
    assert model in [one.name for one in listed]
    client.update(model=f"{model}@1", config=types.UpdateModelConfig(default_checkpoint_id="1", description="changed"))
    changed = client.get(model=model)
    assert (changed.default_checkpoint_id, changed.description) == ("1", "changed")
    assert [checkpoint.checkpoint_id for checkpoint in changed.checkpoints or []] == ["1", "2"]
    client.delete(model=model)
    assert model not in [one.name for one in client.list(config=types.ListModelsConfig(query_base=False))]


def test_google_genai_asynchronously(target: Target, model: str) -> None:
    async def use(client: Any) -> tuple[list[str | None], str | None]:
        pager = await client.models.list(config=types.ListModelsConfig(query_base=False))
        names = [one.name async for one in pager]
        await client.models.update(model=model, config=types.UpdateModelConfig(display_name="renamed"))
        found = await client.models.get(model=model)
        await client.models.delete(model=model)
        return names, found.display_name

    names, display_name = target.awaited(use)
    assert model in names
    assert display_name == "renamed"
