"""Long-running operations: local Vertex does their work before it answers, so they are born done.

A fault on demand makes one say so only later.
"""

from __future__ import annotations

from local_vertex import faults
from local_vertex.calls import Call, Handler, Json, not_found
from local_vertex.clock import now_us, timestamp
from local_vertex.context import Context, Service
from local_vertex.http_api.list_pages import list_page
from local_vertex.state import State

_KIND = "operations"
_DONE_AT = "doneAtUs"
_PARENTS = ("", "endpoints.", "models.", "pipelineJobs.", "schedules.", "tuningJobs.")


def done_operation(
    state: State, call: Call, parent: str, metadata_type: str, response_type: str = "", response: Json | None = None
) -> Json:
    """A finished operation (one that is not, on demand), remembered so that a client may ask for it again.

    Args:
        state: Where it is remembered.
        call: The call that it answers; its version decides the types' package.
        parent: Resource that it belongs to: `projects/N/locations/L`, or an endpoint or model below it.
        metadata_type: Short name of the metadata message, e.g. `DeployModelOperationMetadata`.
        response_type: Short name of the response message; `google.protobuf.Empty` when empty.
        response: Fields of the response.
    """
    package = f"type.googleapis.com/google.cloud.aiplatform.{call.version}."
    at = timestamp()
    name = f"{parent}/operations/{state.new_id()}"
    empty = "type.googleapis.com/google.protobuf.Empty"
    operation: Json = {
        "name": name,
        "metadata": {"@type": package + metadata_type, "genericMetadata": {"createTime": at, "updateTime": at}},
        "done": True,
        "response": {"@type": package + response_type if response_type else empty, **(response or {})},
    }
    fault = faults.requested_behaviour()
    if fault and fault.action == "slow_operation":
        operation[_DONE_AT] = now_us() + int(fault.delay_s * 1_000_000)
    state.put(_KIND, name, operation)
    return _shown(operation)


def _shown(operation: Json) -> Json:
    """The operation as it is by now."""
    hidden = (_DONE_AT, "done", "response") if operation.get(_DONE_AT, 0) > now_us() else (_DONE_AT,)
    return {key: value for key, value in operation.items() if key not in hidden}


def _fields(operation: Json) -> dict[str, str]:
    """What operations are filtered by: `name`, `done`, and the times of their metadata.

    google.longrunning.Operations leaves the grammar to each service, and this one documents none.
    """
    times = operation["metadata"]["genericMetadata"]
    return {
        "name": operation["name"],
        "done": str(operation.get("done", False)).lower(),
        "metadata.generic_metadata.create_time": times["createTime"],
        "metadata.generic_metadata.update_time": times["updateTime"],
    }


class Operations(Service):
    """Reading and clearing operations.

    Args:
        context: Shared state.
    """

    def __init__(self, context: Context) -> None:
        self._state = context.state

    def handlers(self) -> dict[str, Handler]:
        """The service's methods by discovery identifier."""
        verbs: dict[str, Handler] = {
            "get": self.get,
            "wait": self.get,
            "list": self.list,
            "delete": self.delete,
            "cancel": self.cancel,
        }
        return {
            f"projects.locations.{parent}operations.{verb}": handler
            for parent in _PARENTS
            for verb, handler in verbs.items()
        }

    def get(self, call: Call) -> Json:
        """The operation.

        Raises:
            ServiceError: 404.
        """
        operation = self._state.get(_KIND, call.names["name"])
        if operation is None:
            raise not_found(f"Operation not found: {call.names['name']}")
        return _shown(operation)

    def list(self, call: Call) -> Json:
        """A page of the parent's operations, oldest first.

        Raises:
            ServiceError: 400 for a filter or a page token that is not understood.
        """
        found = self._state.list(_KIND, f"{call.names['name']}/operations")
        return list_page("operations", [_shown(operation) for operation in found], call.query, _fields)

    def delete(self, call: Call) -> Json:
        """Forget the operation."""
        self.get(call)
        self._state.delete(_KIND, call.names["name"])
        return {}

    def cancel(self, call: Call) -> Json:
        """Nothing: a finished operation cannot be cancelled, which the service does not report either."""
        self.get(call)
        return {}
