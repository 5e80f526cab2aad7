"""Lets Vertex AI mail how a run ended: a second last task in the compiled pipeline, which only Vertex AI can run."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any

MAIL = "vertex-pipelines-notification-email"
LABEL = f"exec-{MAIL}"


def with_mail(spec: dict[str, Any], recipients: Sequence[str]) -> dict[str, Any]:
    """The compiled pipeline with `VertexNotificationEmailOp` beside its own notification.

    kfp gives an exit handler one last task. In the compiled form that is a task which waits for a group of others
    however they end, and any number of tasks can: this one waits for what `notify` waits for, and not for `notify`.

    Args:
        spec: A compiled pipeline that ends with `notify`.
        recipients: Addresses.
    """
    made, mail = copy.deepcopy(spec), _compiled()
    made["components"] |= mail["components"]
    made["deploymentSpec"]["executors"] |= mail["deploymentSpec"]["executors"]
    tasks = made["root"]["dag"]["tasks"]
    final_status = tasks["notify"]["inputs"]["parameters"]["status"]
    to = {"runtimeValue": {"constant": list(recipients)}}
    tasks[MAIL] = {
        **tasks["notify"],
        "componentRef": {"name": f"comp-{MAIL}"},
        "inputs": {"parameters": {"pipeline_task_final_status": final_status, "recipients": to}},
        "taskInfo": {"name": MAIL},
    }
    return made


def has_mail(spec: dict[str, Any]) -> bool:
    """Whether Vertex AI mails about runs of this pipeline, so that it runs nowhere else."""
    return LABEL in spec["deploymentSpec"]["executors"]


def _compiled() -> dict[str, Any]:
    """The component's own spec."""
    from google.protobuf.json_format import MessageToDict
    from google_cloud_pipeline_components.v1.vertex_notification_email import VertexNotificationEmailOp

    found: dict[str, Any] = MessageToDict(VertexNotificationEmailOp.pipeline_spec)
    assert found["components"].keys() == {f"comp-{MAIL}"}, "the component has another name now"
    return found
