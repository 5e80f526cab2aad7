"""What generated requests are sent to: a bucket, a tuned model on its endpoints, and a job, run and schedule each."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from local_vertex.resource_names import project_number
from local_vertex.state import State

Json = dict[str, Any]
Ask = Callable[..., tuple[int, Json]]
BUCKET, OBJECT = "bucket-of-shapes", "train.jsonl"
CHANGED_BUCKET, CHANGED = "changed-bucket", "changed"
"""What examples change, so that what is held or locked by one is not what others copy."""
PROJECT, BASE_MODEL = project_number("shapes"), "gemini-2.5-flash"
BASE_MODELS = {"predict": "text-embedding-005", "embedContent": "gemini-embedding-2"}
"""By verb, where it is not `BASE_MODEL` that is asked."""
LOCATION = f"projects/{PROJECT}/locations/us-central1"
RUN: Json = {
    "pipelineInfo": {"name": "one"},
    "deploymentSpec": {"executors": {"exec-a": {"container": {"image": "python", "command": ["true"]}}}},
    "components": {"comp-a": {"executorLabel": "exec-a"}},
    "root": {"dag": {"tasks": {"a": {"taskInfo": {"name": "a"}, "componentRef": {"name": "comp-a"}}}}},
}


class Populated:
    """The names of what is there.

    Args:
        ask: Takes HTTP method, target and body; gives status and reply.
        state: The state of the same server.
        until: Lets the server work until a call returns true.
    """

    def __init__(self, ask: Ask, state: State, until: Callable[[Callable[[], bool]], None]) -> None:
        self._ask = ask
        self._made("POST", "/storage/v1/b?project=shapes", {"name": BUCKET})
        self._made("POST", "/storage/v1/b?project=shapes", {"name": CHANGED_BUCKET})
        self._made("POST", f"/upload/storage/v1/b/{BUCKET}/o?uploadType=media&name={CHANGED}", b"changed")
        line = json.dumps({"contents": [_turn("user", "left"), _turn("model", "right")]})
        upload = f"/upload/storage/v1/b/{BUCKET}/o?uploadType=media&name={OBJECT}"
        self._made("POST", upload, "\n".join([line] * 8).encode())
        specification = {"trainingDatasetUri": f"gs://{BUCKET}/{OBJECT}", "hyperParameters": {"epochCount": "1"}}
        job = {"baseModel": BASE_MODEL, "supervisedTuningSpec": specification}
        name = self._made("POST", f"/v1/{LOCATION}/tuningJobs", job)["name"]
        until(lambda: self._made("GET", f"/v1/{name}")["state"] == "JOB_STATE_SUCCEEDED")
        tuned = self._made("GET", f"/v1/{name}")["tunedModel"]
        run = {"pipelineSpec": RUN, "runtimeConfig": {"gcsOutputDirectory": f"gs://{BUCKET}/root"}}
        done = {**run, "name": f"{LOCATION}/pipelineJobs/one", "displayName": "one", "state": "PIPELINE_STATE_FAILED"}
        state.put("pipelineJobs", done["name"], {**done, "createTime": "2026-01-02T03:04:05Z"})
        create = {"parent": LOCATION, "pipelineJob": run}
        schedule = {"displayName": "weekly", "cron": "0 3 * * 1", "maxConcurrentRunCount": "1"}
        made = self._made("POST", f"/v1/{LOCATION}/schedules", {**schedule, "createPipelineJobRequest": create})
        evaluation = {"metrics": {"exact": 1.0}, "metricsSchemaUri": f"gs://{BUCKET}/schema.yaml"}
        path = f"/v1/{tuned['model'].partition('@')[0]}/evaluations:import"
        judged = self._made("POST", path, {"modelEvaluation": evaluation})
        self.names = {
            "projectsId": "shapes",
            "locationsId": "us-central1",
            "tuningJobsId": _last(name),
            "modelsId": _last(tuned["model"]).partition("@")[0],
            "evaluationsId": _last(judged["name"]),
            "endpointsId": _last(tuned["endpoint"]),
            "pipelineJobsId": "one",
            "schedulesId": _last(made["name"]),
            "batchPredictionJobsId": "missing",
            "publishersId": "google",
            "projectId": "shapes",
        }
        self.meant = {
            "baseModel": [BASE_MODEL, f"publishers/google/models/{BASE_MODEL}", "gemini-3.5-flash"],
            "model": [tuned["model"], f"publishers/google/models/{BASE_MODEL}"],
            "sourceModel": [tuned["model"]],
            "tunedModelName": [tuned["model"]],
            "autoraterModel": [f"publishers/google/models/{BASE_MODEL}", tuned["endpoint"]],
            "trainingDatasetUri": [f"gs://{BUCKET}/{OBJECT}"],
            "validationDatasetUri": [f"gs://{BUCKET}/{OBJECT}"],
            "role": ["user", "model"],
            "text": ["left", "Where?"],
            "displayName": ["shown"],
            "key": ["label"],
            "cron": ["0 3 * * 1", "TZ=Europe/Berlin */5 1-4 * JAN *"],
            "metricPromptTemplate": ["Rate {response}. 1 to 5.", "{baseline_model_response} or {response}?"],
            "jsonInstance": ['{"response": "a", "baseline_model_response": "b"}'],
            "metricsSchemaUri": [f"gs://{BUCKET}/schema.yaml"],
            "uris": [f"gs://{BUCKET}/{OBJECT}"],
            "updateMask": ["displayName"],
            "entity": ["allUsers", "user-a@example.com"],
            "topic": ["//pubsub.googleapis.com/projects/p/topics/t"],
            "name": [OBJECT, "x"],
            "storageClass": ["STANDARD", "NEARLINE"],
        }

    def _made(self, method: str, target: str, body: Any = None) -> Json:
        status, reply = self._ask(method, target, body)
        assert status == 200, reply
        return reply


def _turn(role: str, text: str) -> Json:
    return {"role": role, "parts": [{"text": text}]}


def _last(name: str) -> str:
    return name.rpartition("/")[2]
