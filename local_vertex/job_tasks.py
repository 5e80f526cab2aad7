"""The jobs of a service that run, each as a task that a cancel ends."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection

_LOG = logging.getLogger("local_vertex.jobs")


class JobTasks:
    """Running jobs by resource name.

    Args:
        run: Does a job; it is cancelled when the job is, and when the server stops.
        cancelled: Closes a job that was cancelled.
        broken: Closes a job whose run ended with an error of the stand-in's own.
        ended: Called after every job, however it ended, for the next one to start.
    """

    def __init__(
        self,
        run: Callable[[str], Awaitable[None]],
        cancelled: Callable[[str], Awaitable[None]],
        broken: Callable[[str], None],
        ended: Callable[[], None],
    ) -> None:
        self._run, self._cancelled, self._broken, self._ended = run, cancelled, broken, ended
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._stopping = False

    def names(self) -> Collection[str]:
        """The jobs that run."""
        return self._tasks.keys()

    def start(self, name: str) -> None:
        """Run a job that does not run yet; none while the server stops."""
        if not self._stopping and name not in self._tasks:
            self._tasks[name] = asyncio.get_running_loop().create_task(self._until_ended(name))

    def cancel(self, name: str) -> bool:
        """Cancel a job; whether it runs at all."""
        task = self._tasks.get(name)
        if task is not None:
            task.cancel()
        return task is not None

    async def stop(self) -> None:
        """End what runs, without closing the jobs: they go on with the next start of the server."""
        self._stopping = True
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _until_ended(self, name: str) -> None:
        try:
            await self._run(name)
        except asyncio.CancelledError:
            if not self._stopping:
                await self._cancelled(name)
        except Exception:
            # Whoever waits for the job must not wait for ever.
            _LOG.exception("the run of a job broke off: %s", name)
            self._broken(name)
        finally:
            del self._tasks[name]
        if not self._stopping:
            self._ended()
