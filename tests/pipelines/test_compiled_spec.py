"""The compiled pipeline: its forms, its caching, and what kfp.local would decide wrongly in silence."""

# kfp reads the annotations of components: no postponed evaluation here.
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pipelines.compiler import compile_tuning, read_spec, write_spec

Spec = dict[str, Any]


@pytest.fixture(scope="module")
def spec() -> Spec:
    return compile_tuning()


def dags(spec: Spec) -> Iterator[Spec]:
    yield spec["root"]["dag"]
    yield from (component["dag"] for component in spec["components"].values() if "dag" in component)


def tasks(spec: Spec) -> Iterator[tuple[str, Spec, Spec]]:
    for dag in dags(spec):
        for name, task in dag["tasks"].items():
            yield name, task, dag


def silent_wrongs(spec: Spec) -> list[str]:
    """Forms that kfp.local 2.17 evaluates wrongly without failing, or fails on."""
    found = []
    for name, task, _ in tasks(spec):
        bindings = task.get("inputs", {}).get("parameters", {})
        if "condition" in task.get("triggerPolicy", {}):
            keys = {one.get("taskOutputParameter", {}).get("outputParameterKey", "Output") for one in bindings.values()}
            found += [
                f"{name}: condition on the named output {key} without an else branch" for key in keys - {"Output"}
            ]
        if "parameterIterator" in task:
            source = bindings[task["parameterIterator"]["items"]["inputParameter"]]
            if source.get("taskOutputParameter", {}).get("outputParameterKey", "Output") != "Output":
                found.append(f"{name}: loop over a named output")
        if "artifactIterator" in task:
            found.append(f"{name}: loop over artifacts")
    return found


def test_no_form_that_kfp_local_decides_wrongly(spec: Spec) -> None:
    assert silent_wrongs(spec) == []


def test_the_lint_sees_an_if_without_else(tmp_path: Path) -> None:
    from kfp import compiler, dsl

    @dsl.component(install_kfp_package=False, base_image="python")
    def choose(way: dsl.OutputPath(str)) -> None: ...

    @dsl.component(install_kfp_package=False, base_image="python")
    def go() -> None: ...

    @dsl.pipeline(name="wrong")
    def wrong() -> None:
        with dsl.If(choose().outputs["way"] == "left"):
            go()

    compiler.Compiler().compile(wrong, str(tmp_path / "wrong.yaml"))
    assert silent_wrongs(read_spec(tmp_path / "wrong.yaml")) == [
        "condition-1: condition on the named output way without an else branch"
    ]


def test_no_task_is_ever_served_from_a_cache(spec: Spec) -> None:
    """A task with side effects must run; kfp's cache never decides about money, the fingerprint does."""
    assert cached_tasks(spec) == []


def component(spec: Spec, task: Spec) -> Spec:
    found: Spec = spec["components"][task["componentRef"]["name"]]
    return found


def cached_tasks(spec: Spec) -> list[str]:
    """Names of the tasks that may be served from KFP's cache."""
    return [
        name
        for name, task, _ in tasks(spec)
        if "executorLabel" in component(spec, task) and task.get("cachingOptions", {}).get("enableCache")
    ]


def test_every_parameter_is_text_and_optional_ones_are_empty_text(spec: Spec) -> None:
    parameters = spec["root"]["inputDefinitions"]["parameters"]
    assert {name: one["parameterType"] for name, one in parameters.items()} == dict.fromkeys(
        ("config", "dataset_uri", "trigger", "force"), "STRING"
    )
    assert all(isinstance(one["defaultValue"], str) for one in parameters.values() if one.get("isOptional"))


def test_no_task_installs_a_package(spec: Spec) -> None:
    for executor in spec["deploymentSpec"]["executors"].values():
        assert "pip install" not in " ".join(executor["container"]["command"])


def test_the_shells_are_thin(spec: Spec) -> None:
    for label, executor in spec["deploymentSpec"]["executors"].items():
        body = executor["container"]["command"][-1].split("def ", 1)[1]
        assert len(body.splitlines()) <= 30, f"{label} holds logic that belongs into its modules"


def test_the_notification_ends_every_run(spec: Spec) -> None:
    policy = spec["root"]["dag"]["tasks"]["notify"]["triggerPolicy"]
    assert policy["strategy"] == "ALL_UPSTREAM_TASKS_COMPLETED"


def test_the_pipeline_reads_like_its_drawing(spec: Spec) -> None:
    names = {name for name, task, _ in tasks(spec) if "executorLabel" in component(spec, task)}
    assert names >= {
        "validate-dataset", "plan-run", "list-candidates", "tune", "evaluate", "decide", "register", "deploy", "notify"
    }  # fmt: skip
    assert sum(name.startswith("record-outcome") for name in names) == 3


def test_the_same_code_compiles_to_the_same_file(tmp_path: Path, spec: Spec) -> None:
    write_spec(spec, tmp_path / "a.yaml")
    write_spec(compile_tuning(), tmp_path / "b.yaml")
    assert (tmp_path / "a.yaml").read_bytes() == (tmp_path / "b.yaml").read_bytes()
    assert read_spec(tmp_path / "a.yaml") == spec


def test_the_image_goes_into_every_task() -> None:
    compiled = compile_tuning("registry.example/retune@sha256:0")
    images = {executor["container"]["image"] for executor in compiled["deploymentSpec"]["executors"].values()}
    assert images == {"registry.example/retune@sha256:0"}
