"""The metadata service, as far as experiments of tuning jobs are read and deleted.

Source: `projects.locations.metadataStores` of the service, and the filters in the docstrings of `ListContextsRequest`
and `ListArtifactsRequest` in its protos.
"""

from __future__ import annotations

import re

from local_vertex.calls import Call, Handler, Json, not_found
from local_vertex.context import Context, Service
from local_vertex.experiments.records import ARTIFACTS, CONTEXTS, EXECUTIONS, IN_CONTEXT, STORES
from local_vertex.http_api.list_pages import list_page
from local_vertex.operations import done_operation
from local_vertex.resource_labels import filter_fields

_WORDS = {STORES: "MetadataStore", CONTEXTS: "Context", ARTIFACTS: "Artifact", EXECUTIONS: "Execution"}
_IN_CONTEXT = re.compile(r'\bin_context\(\s*("[^"]*")\s*\)')


class MetadataStores(Service):
    """Metadata of every project.

    Args:
        context: Shared state.
    """

    def __init__(self, context: Context) -> None:
        self._state = context.state

    def handlers(self) -> dict[str, Handler]:
        """The service's methods by discovery identifier."""
        prefix = "projects.locations.metadataStores."
        found: dict[str, Handler] = {prefix + "get": self.get, prefix + "list": self.list}
        for collection in (CONTEXTS, ARTIFACTS, EXECUTIONS):
            found[f"{prefix}{collection}.get"] = self.get
            found[f"{prefix}{collection}.list"] = self.list
        return found | {f"{prefix}{collection}.delete": self.delete for collection in (CONTEXTS, ARTIFACTS)}

    def get(self, call: Call) -> Json:
        """The resource.

        Raises:
            ServiceError: 404.
        """
        return _shown(self._found(call))

    def list(self, call: Call) -> Json:
        """A page of the store's contexts, artifacts or executions, or of the location's stores.

        Filters know the fields, `labels.KEY`, `parent_contexts:"NAME"` and `in_context("NAME")`.
        """
        kind = _kind(call)
        query = {**call.query, "filter": _IN_CONTEXT.sub(r"in_context=\1", call.query.get("filter", ""))}
        page = list_page(kind, self._state.list(kind, call.names["parent"]), query, _fields)
        return {**page, kind: [_shown(resource) for resource in page[kind]]}

    def delete(self, call: Call) -> Json:
        """A finished operation; the context or artifact is gone, what belongs to it is not.

        Raises:
            ServiceError: 404.
        """
        name = self._found(call)["name"]
        self._state.delete(_kind(call), name)
        return done_operation(self._state, call, name.rpartition("/metadataStores/")[0], "DeleteOperationMetadata")

    def _found(self, call: Call) -> Json:
        kind, name = _kind(call), call.names["name"]
        found = self._state.get(kind, name)
        if found is None:
            raise not_found(f"The {_WORDS[kind]} does not exist: {name}")
        return found


def _kind(call: Call) -> str:
    return call.method.split(".")[-2]


def _fields(resource: Json) -> dict[str, str]:
    parents = resource.get("parentContexts") or [""]
    # A run has one parent, the experiment.
    return {**filter_fields(resource), "parent_contexts": parents[0]}


def _shown(resource: Json) -> Json:
    return {name: value for name, value in resource.items() if name != IN_CONTEXT}
