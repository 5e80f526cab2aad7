"""Compiled pipelines that jobs and schedules name by `templateUri`, as template repositories of Artifact Registry.

An address `https://LOCATION-kfp.pkg.dev/PROJECT/REPOSITORY/PACKAGE/VERSION` means what was uploaded to this server
under `/kfp/LOCATION/PROJECT/REPOSITORY`; nothing is fetched from elsewhere.

Source: https://cloud.google.com/vertex-ai/docs/pipelines/create-pipeline-template and kfp/registry/registry_client.py
"""

from __future__ import annotations

import hashlib
import re

import yaml

from local_vertex.calls import Json, invalid_argument
from local_vertex.pipeline_runs import spec as pipeline_spec
from local_vertex.state import State

KIND, TAGS = "pipelineTemplates", "pipelineTemplateTags"
_URI = re.compile(r"https://([a-z0-9-]+)-kfp\.pkg\.dev/([^/]+)/([^/]+)/([^/]+)/([^/]+)")
_TAG = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9._-]{0,127}")


class Templates:
    """The template repositories of one server.

    Args:
        state: Where templates and tags are remembered.
    """

    def __init__(self, state: State) -> None:
        self._state = state

    def upload(self, repository: str, content: bytes, tags: list[str]) -> str:
        """Keep a compiled pipeline and return `PACKAGE/sha256:DIGEST`; a tag moves to what was uploaded last.

        Args:
            repository: `LOCATION/PROJECT/REPOSITORY`.
            content: The file that `kfp` compiled.
            tags: Further names of this version.

        Raises:
            ServiceError: 400, it is no compiled pipeline, or a tag is malformed.
        """
        spec = _read(content)
        pipeline_spec.check(spec)
        if not all(_TAG.fullmatch(tag) for tag in tags):
            raise invalid_argument(f"Invalid tag; tags match {_TAG.pattern}.")
        package = f"{repository}/{spec['pipelineInfo']['name']}"
        version = f"sha256:{hashlib.sha256(content).hexdigest()}"
        with self._state.transaction():
            self._state.put(KIND, f"{package}/{version}", {"content": content.decode()})
            for tag in tags:
                self._state.put(TAGS, f"{package}/{tag}", {"version": version})
        return f"{spec['pipelineInfo']['name']}/{version}"

    def content(self, package: str, version: str) -> tuple[bytes, str] | None:
        """The uploaded file and its `sha256:DIGEST`; None when there is none.

        Args:
            package: `LOCATION/PROJECT/REPOSITORY/PACKAGE`.
            version: `sha256:DIGEST` or a tag.
        """
        tagged = self._state.get(TAGS, f"{package}/{version}")
        digest = str(tagged["version"]) if tagged else version
        found = self._state.get(KIND, f"{package}/{digest}")
        return (found["content"].encode(), digest) if found else None

    def applied(self, job: Json) -> Json:
        """The requested job with the pipeline that its `templateUri` names; a job with a pipeline of its own stays.

        Raises:
            ServiceError: 400, there is no such template here.
        """
        uri = job.get("templateUri", "")
        if not uri or job.get("pipelineSpec"):
            return job
        parts = _URI.fullmatch(uri)
        found = self.content("/".join(parts.groups()[:4]), parts[5]) if parts else None
        if found is None:
            raise invalid_argument(f"The template {uri} cannot be read: it was not uploaded to local Vertex.")
        content, version = found
        return {**job, "pipelineSpec": _read(content), "templateMetadata": {"version": version}}


def _read(content: bytes) -> Json:
    # The loader in C reads a pipeline in a tenth of the time.
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        spec = yaml.load(content, Loader=loader)  # noqa: S506 - a safe loader
    except (yaml.YAMLError, ValueError, RecursionError):
        spec = None
    if not isinstance(spec, dict):
        raise invalid_argument("The template is not a compiled KFP v2 pipeline.")
    return spec
