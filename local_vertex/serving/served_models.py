"""The tuned models that the server has in memory, found by endpoint."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from pathlib import Path

from local_vertex.calls import Json, failed_precondition, not_found
from local_vertex.context import Context
from local_vertex.learner.learner import Learner
from local_vertex.registry.model_versions import find_checkpoint
from local_vertex.state import State

KIND = "endpoints"
_IN_MEMORY = 8


def find_endpoint(state: State, name: str) -> Json:
    """The endpoint's record.

    Raises:
        ServiceError: 404, also for an endpoint that exists in another location.
    """
    endpoint = state.get(KIND, name)
    if endpoint is None:
        raise not_found(f"Endpoint `{name}` not found.")
    return endpoint


class ServedModels:
    """Loads models when they are first asked, and keeps the latest ones.

    Args:
        context: Where the checkpoints are.
    """

    def __init__(self, context: Context) -> None:
        self._context = context
        self._loaded: OrderedDict[Path, asyncio.Task[Learner]] = OrderedDict()

    async def of(self, deployed: Json) -> Learner:
        """The model behind a deployment.

        Raises:
            ServiceError: 404, the model version was deleted meanwhile; 400, an older local Vertex tuned it.
        """
        # While a job tunes, its checkpoints answer although the version is not in the registry yet.
        version = f"{deployed['model']}@{deployed['modelVersionId']}"
        checkpoint = find_checkpoint(self._context.state, version, deployed["checkpointId"])
        file = self._context.directory / checkpoint["file"]
        if file not in self._loaded:
            # The first load imports numpy and SciPy, which would hold up every other request for a moment.
            self._loaded[file] = asyncio.create_task(asyncio.to_thread(_load, file))
            if len(self._loaded) > _IN_MEMORY:
                self._loaded.popitem(last=False)
        self._loaded.move_to_end(file)
        loaded = self._loaded[file]
        # The shield keeps a client that goes away from cancelling the load that others wait for.
        return loaded.result() if loaded.done() else await asyncio.shield(loaded)


def _load(file: Path) -> Learner:
    from local_vertex.learner.checkpoints import OLD, OldCheckpointError
    from local_vertex.learner.tuning import load_learner

    try:
        return load_learner(file)
    except OldCheckpointError:
        raise failed_precondition(OLD) from None
