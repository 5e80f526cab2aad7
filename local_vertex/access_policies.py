"""Access policies of models and endpoints; those of base models can be read only.

Source: `getIamPolicy`, `setIamPolicy` and `testIamPermissions` of `projects.locations.models` (v1, v1beta1), of
`endpoints` (v1beta1, and `/ui` in the paths of the v1 clients), and `publishers.models.getIamPolicy`.
"""

from __future__ import annotations

from local_vertex.access_policy import OUTDATED, problem, read_policy, write_policy, wrong_permission
from local_vertex.calls import Call, Handler, Json, ServiceError, invalid_argument
from local_vertex.context import Context, Service
from local_vertex.registry.model_versions import find_version, split_version
from local_vertex.serving.served_models import find_endpoint
from local_vertex.tuning.base_models import offered_base_model


class AccessPolicies(Service):
    """Policies of every model and endpoint.

    Args:
        context: Shared state.
    """

    def __init__(self, context: Context) -> None:
        self._state = context.state

    def handlers(self) -> dict[str, Handler]:
        """The service's methods by discovery identifier."""
        methods: dict[str, Handler] = {
            "getIamPolicy": self.get,
            "setIamPolicy": self.set,
            "testIamPermissions": self.test,
        }
        return {
            f"projects.locations.{collection}.{name}": handler
            for collection in ("models", "endpoints")
            for name, handler in methods.items()
        } | {"projects.locations.publishers.models.getIamPolicy": self.get}

    def get(self, call: Call) -> Json:
        """The policy.

        Raises:
            ServiceError: 404 for the resource.
        """
        return read_policy(self._state, self._resource(call))

    def set(self, call: Call) -> Json:
        """The policy as it is now.

        Raises:
            ServiceError: 404 for the resource, 400 for a malformed policy, 409 for one that was read before another
                one was set.
        """
        policy = call.body.get("policy", {})
        with self._state.transaction():
            resource = self._resource(call)
            wrong = problem(self._state, resource, policy)
            if wrong == OUTDATED:
                raise ServiceError(409, "ABORTED", wrong)
            if wrong:
                raise invalid_argument(wrong)
            return write_policy(self._state, resource, policy)

    def test(self, call: Call) -> Json:
        """All the permissions that were asked for.

        Raises:
            ServiceError: 404 for the resource, 400 for what is no permission.
        """
        self._resource(call)
        permissions = [found for found in call.query.get("permissions", "").split(",") if found]
        if wrong := wrong_permission(permissions):
            raise invalid_argument(f"Permission {wrong[:70]!r} is not valid.")
        return {"permissions": permissions} if permissions else {}

    def _resource(self, call: Call) -> str:
        name = call.names["resource"]
        if "/publishers/" in name:
            offered_base_model(name)
            return name
        if "/endpoints/" in name:
            return str(find_endpoint(self._state, name)["name"])
        return split_version(find_version(self._state, name)["name"])[0]
