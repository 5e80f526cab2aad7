"""The compiled monitoring pipeline keeps the rules of the tuning pipeline."""

# kfp reads the annotations of components: no postponed evaluation here.
import pytest

from pipelines.compiler import compile_monitoring
from tests.pipelines.test_compiled_spec import Spec, cached_tasks, component, silent_wrongs, tasks

IMAGE = "registry.example/retune@sha256:0"


@pytest.fixture(scope="module")
def spec() -> Spec:
    return compile_monitoring(IMAGE)


def test_no_form_that_kfp_local_decides_wrongly(spec: Spec) -> None:
    assert silent_wrongs(spec) == []


def test_no_task_is_ever_served_from_a_cache(spec: Spec) -> None:
    assert cached_tasks(spec) == []


def test_it_evaluates_finds_reasons_asks_and_always_tells(spec: Spec) -> None:
    names = [name for name, task, _ in tasks(spec) if "executorLabel" in component(spec, task)]
    assert sorted(names) == ["evaluate-champion", "find-reasons", "notify", "request-run"]
    found = {name: task for name, task, _ in tasks(spec)}
    assert found["notify"]["triggerPolicy"]["strategy"] == "ALL_UPSTREAM_TASKS_COMPLETED"
    assert found["find-reasons"]["dependentTasks"] == ["evaluate-champion"]
    assert found["request-run"]["dependentTasks"] == ["find-reasons"]


def test_every_parameter_is_text_and_the_image_is_everywhere(spec: Spec) -> None:
    parameters = spec["root"]["inputDefinitions"]["parameters"]
    assert {name: one["parameterType"] for name, one in parameters.items()} == {
        "config": "STRING",
        "dataset_uri": "STRING",
    }
    assert parameters["dataset_uri"]["defaultValue"] == ""
    assert {one["container"]["image"] for one in spec["deploymentSpec"]["executors"].values()} == {IMAGE}
