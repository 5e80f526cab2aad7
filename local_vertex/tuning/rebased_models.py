"""Tuning a model again on another base model: a new job with the data and settings of the earlier one.

Source: `projects.locations.tuningJobs.rebaseTunedModel` of the service's reference: "takes a model that was previously
tuned on a base model version, and retunes it on a new base model version. The rebase operation creates a new tuning job
and a new tuned model." Here the operation is done when the job is created, and the job of a copied model is not found.
"""

from __future__ import annotations

from local_vertex.calls import Call, Handler, Json, ServiceError, failed_precondition, invalid_argument, not_found
from local_vertex.context import Context, Service
from local_vertex.operations import done_operation
from local_vertex.registry.model_versions import find_version, location_of
from local_vertex.resource_names import canonical
from local_vertex.tuning.job_records import JOBS
from local_vertex.tuning.tuning_jobs import TuningJobs

_KEPT = ("baseModel", "supervisedTuningSpec", "tunedModelDisplayName", "description", "labels", "encryptionSpec")


class RebasedModels(Service):
    """Rebases of tuned models.

    Args:
        context: Shared state.
        jobs: Where the new jobs are created.
    """

    def __init__(self, context: Context, jobs: TuningJobs) -> None:
        self._state, self._jobs = context.state, jobs

    def handlers(self) -> dict[str, Handler]:
        """The service's methods by discovery identifier."""
        return {"projects.locations.tuningJobs.rebaseTunedModel": self.rebase}

    async def rebase(self, call: Call) -> Json:
        """A finished operation with the new tuning job, queued.

        Raises:
            ServiceError: 404 for the earlier job; what a create request with its fields is refused for; 501 for
                `deployToSameEndpoint`.
        """
        parent, body = call.names["parent"], call.body
        if body.get("deployToSameEndpoint"):
            raise ServiceError(
                501, "UNIMPLEMENTED", "deploy_to_same_endpoint: local Vertex has no rebase that replaces a deployment."
            )
        earlier = self._earlier(parent, body.get("tunedModelRef", {}))
        # What the job started from is tuned again from its beginning, on the new base model.
        wanted = _merged({field: earlier[field] for field in _KEPT if field in earlier}, body.get("tuningJob", {}))
        if not wanted.get("baseModel"):
            raise failed_precondition(f"The TuningJob {earlier['name']} has no base model; give tuning_job.base_model.")
        create = Call("projects.locations.tuningJobs.create", call.version, {"parent": parent}, {}, wanted)
        job = await self._jobs.create(create)
        types = ("RebaseTunedModelOperationMetadata", "TuningJob")
        return done_operation(self._state, call, job["name"], *types, job)

    def _earlier(self, parent: str, reference: Json) -> Json:
        """The tuning job that a reference means."""
        if "pipelineJob" in reference:
            raise failed_precondition("Only models that were tuned by a tuning job can be rebased here.")
        if "tuningJob" in reference:
            found = self._state.get(JOBS, canonical(reference["tuningJob"]))
        elif "tunedModel" in reference:
            version = find_version(self._state, canonical(reference["tunedModel"]))["name"]
            jobs = self._state.list(JOBS, location_of(version))
            found = next((job for job in jobs if job.get("tunedModel", {}).get("model") == version), None)
        else:
            raise invalid_argument("tuned_model_ref is missing.")
        if found is None:
            raise not_found(f"The TuningJob does not exist: {next(iter(reference.values()))[:200]}")
        if location_of(found["name"]) != parent:
            raise invalid_argument(f"The tuned model is in {location_of(found['name'])}, the rebase in {parent}.")
        return found


def _merged(earlier: Json, changes: Json) -> Json:
    """The earlier fields with the changes over them, field by field also inside messages."""
    result = dict(earlier)
    for field, value in changes.items():
        kept = result.get(field)
        result[field] = _merged(kept, value) if isinstance(kept, dict) and isinstance(value, dict) else value
    return result
