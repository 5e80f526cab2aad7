"""Graph, curve and words by themselves: large, odd and hostile input."""

from __future__ import annotations

from typing import Any

import pytest

from local_vertex.console.graph_layout import draw
from local_vertex.console.loss_chart import HEIGHT, WIDTH, loss_chart
from local_vertex.console.task_tree import Node, task_tree, worst
from local_vertex.console.wording import clipped, duration, seconds, state_words, tone, visible


def task(name: str, *after: str) -> Node:
    return Node(name, name, "", after)


def boxes(nodes: list[Node]) -> dict[str, Any]:
    return {box.node.name: box for box in draw(nodes).boxes}


def test_no_two_tasks_lie_on_each_other_and_arrows_lead_down() -> None:
    loop = Node("loop", "loop", "for each of items", ("a",), inner=(task("b"), task("c", "b"), task("d", "b")))
    drawing = draw([task("a"), loop, task("e", "loop"), task("f", "a")])
    tasks = [box for box in drawing.boxes if not box.node.inner]
    apart = [
        one.x + one.width <= two.x
        or two.x + two.width <= one.x
        or one.y + one.height <= two.y
        or two.y + two.height <= one.y
        for at, one in enumerate(tasks)
        for two in tasks[at + 1 :]
    ]
    assert all(apart)
    assert len(drawing.arrows) == 5
    assert all(arrow.y1 < arrow.y2 for arrow in drawing.arrows)
    assert all(box.x >= 0 and box.x + box.width <= drawing.width + 0.01 for box in drawing.boxes)
    assert all(box.y >= 0 and box.y + box.height <= drawing.height + 0.01 for box in drawing.boxes)


def test_an_arrow_that_others_imply_is_left_out() -> None:
    assert len(draw([task("a"), task("b", "a"), task("c", "a", "b")]).arrows) == 2


def test_a_chain_of_thousands_of_tasks_can_be_drawn() -> None:
    chain = [task("0"), *(task(str(n), str(n - 1)) for n in range(1, 3000))]
    drawing = draw(chain[::-1])
    assert len(drawing.arrows) == 2999


@pytest.mark.parametrize(
    ("states", "expected"),
    [
        (["SUCCEEDED", "FAILED", "RUNNING"], "FAILED"),
        (["SUCCEEDED", "PENDING"], "RUNNING"),
        (["SUCCEEDED", "NOT_TRIGGERED"], "SUCCEEDED"),
        (["NOT_TRIGGERED"], "NOT_TRIGGERED"),
        (["PENDING", "CANCELLED"], "CANCELLED"),
        ([], ""),
    ],
)
def test_a_group_has_the_state_that_matters_most(states: list[str], expected: str) -> None:
    assert worst(states) == expected


def job(tasks: dict[str, Any], components: dict[str, Any]) -> dict[str, Any]:
    spec = {"root": {"dag": {"tasks": tasks}}, "components": components}
    return {"pipelineSpec": spec, "jobDetail": {"taskDetails": []}}


def test_branches_stand_in_the_place_of_the_group_that_holds_them() -> None:
    reference = {"componentRef": {"name": "comp-work"}}
    condition = {"triggerPolicy": {"condition": "!(inputs.parameter_values['pipelinechannel--plan-Output'] == 'x')"}}
    components = {
        "comp-work": {"executorLabel": "e"},
        "comp-condition": {"dag": {"tasks": {"work": reference}}},
        "comp-branches": {
            "dag": {
                "tasks": {f"condition-{n}": {"componentRef": {"name": "comp-condition"}, **condition} for n in (10, 9)}
            }
        },
    }
    tasks = {
        "condition-branches-1": {"componentRef": {"name": "comp-branches"}, "dependentTasks": ["first"]},
        "last": {**reference, "dependentTasks": ["condition-branches-1"]},
        "first": reference,
    }
    nodes = task_tree(job(tasks, components))
    assert [(node.name, node.after) for node in nodes] == [
        ("condition-9", ("first",)),
        ("condition-10", ("first",)),
        ("first", ()),
        ("last", ("condition-9", "condition-10")),
    ]
    assert nodes[0].note == "if plan != 'x'"
    assert nodes[2].state == ""


def epoch(number: float, **losses: Any) -> dict[str, Any]:
    return {"epoch": number, **{f"/{key}_total_loss": loss for key, loss in losses.items()}}


@pytest.mark.parametrize(
    "epochs",
    [
        [epoch(1, train=0.0)],
        [epoch(1, train=1e-300), epoch(2, train=0.0)],
        [epoch(n, train=1 / n, eval=2 / n) for n in range(1, 501)],
        [epoch(-5e8, train=9e8), epoch(5e8, train=1)],
        [epoch(2, train=3), epoch(1, train="high", eval=True)],
    ],
)
def test_curves_stay_inside_their_chart(epochs: list[dict[str, Any]]) -> None:
    chart = loss_chart(epochs)
    assert chart
    places = [dot[:2] for line in chart.lines for dot in line.dots]
    assert places
    assert len(chart.x_ticks) <= 11
    assert 2 <= len(chart.y_ticks) <= 12
    assert all(0 <= y <= HEIGHT for _, y in places)
    if epochs[0]["epoch"] <= epochs[-1]["epoch"]:
        assert all(0 <= x <= WIDTH for x, _ in places)


def test_epochs_without_a_loss_make_no_chart() -> None:
    assert loss_chart([]) is None
    assert loss_chart([epoch(1, train=float("nan")), epoch(2, train=-1), epoch(3, train=10**400)]) is None


def test_words() -> None:
    assert state_words("JOB_STATE_PARTIALLY_SUCCEEDED") == "partially succeeded"
    assert [tone(state) for state in ("PIPELINE_STATE_RUNNING", "JOB_STATE_QUEUED", "ACTIVE", "unheard of")] == [
        "busy",
        "wait",
        "good",
        "off",
    ]
    assert [seconds(value) for value in (0.04, 59.6, 200, 7500)] == ["0.0 s", "1 min 0 s", "3 min 20 s", "2 h 5 min"]
    assert duration({"startTime": "2026-11-25T10:00:00Z", "endTime": "2026-11-25T10:00:03.5Z"}) == "3.5 s"
    assert duration({}) == ""
    assert clipped("abcdef", 4) == "abc…"
    assert visible("a\u202eb\ud800c\x00") == "a\ufffdb\ufffdc\ufffd"
