"""The compiled promotion pipeline keeps the rules of the tuning pipeline."""

# kfp reads the annotations of components: no postponed evaluation here.
import pytest

from pipelines.compiler import compile_promotion
from tests.pipelines.test_compiled_spec import Spec, cached_tasks, silent_wrongs, tasks


@pytest.fixture(scope="module")
def spec() -> Spec:
    return compile_promotion("registry.example/retune@sha256:0")


def test_no_form_that_kfp_local_decides_wrongly(spec: Spec) -> None:
    assert silent_wrongs(spec) == []


def test_no_task_is_ever_served_from_a_cache(spec: Spec) -> None:
    assert cached_tasks(spec) == []


def test_it_evaluates_before_it_releases_and_always_tells(spec: Spec) -> None:
    found = {name: task for name, task, _ in tasks(spec)}
    assert {"begin-promotion", "copy-model", "evaluate", "decide", "register", "deploy", "notify"} <= found.keys()
    assert found["notify"]["triggerPolicy"]["strategy"] == "ALL_UPSTREAM_TASKS_COMPLETED"
    assert "decide" in str(next(task for name, task in found.items() if name.startswith("condition")))


def test_every_parameter_is_text_and_the_image_is_everywhere(spec: Spec) -> None:
    parameters = spec["root"]["inputDefinitions"]["parameters"]
    assert {name: one["parameterType"] for name, one in parameters.items()} == {"config": "STRING", "request": "STRING"}
    images = {executor["container"]["image"] for executor in spec["deploymentSpec"]["executors"].values()}
    assert images == {"registry.example/retune@sha256:0"}
