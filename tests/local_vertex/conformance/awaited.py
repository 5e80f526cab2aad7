"""Asynchronous low-level clients, driven by the very tests of the synchronous ones.

The generated `…AsyncClient`s speak gRPC by themselves; `transport="rest_asyncio"` lets them speak HTTP, with
google-auth's asynchronous credentials and aiohttp (google-cloud-aiplatform 1.165, google-auth 2.62).
"""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable
from typing import Any

from google.api_core.operation_async import AsyncOperation


class AwaitedLibrary:
    """A generated library whose clients are the asynchronous ones.

    Args:
        library: `aiplatform_v1` or `aiplatform_v1beta1`.
    """

    def __init__(self, library: Any) -> None:
        self._library = library
        # Tests name and label what they make after the library, to tell it from what the others make.
        self.__name__ = f"{library.__name__}async"

    def __getattr__(self, name: str) -> Any:
        return getattr(self._library, name.replace("ServiceClient", "ServiceAsyncClient"))


class AwaitedClient:
    """An asynchronous client, each of whose calls is awaited at once; pages and streams are read to their end.

    Args:
        make: Makes the client, in the loop that it will be used in.
    """

    def __init__(self, make: Callable[[], Any]) -> None:
        self._loop = asyncio.new_event_loop()
        self._client = self._run(_made(make))

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._client, name)
        if not callable(found):
            return found
        return lambda *given, **named: self._run(self._awaited(found(*given, **named)))

    def close(self) -> None:
        """Close its connections."""
        self._run(self._client.transport.close())
        self._loop.close()

    def _run(self, coroutine: Any) -> Any:
        return self._loop.run_until_complete(coroutine)

    async def _awaited(self, value: Any) -> Any:
        if inspect.isawaitable(value):
            value = await value
        if isinstance(value, AsyncOperation):
            return AwaitedOperation(value, self._run)
        if hasattr(value, "__aiter__"):
            return [one async for one in value]
        return value


class AwaitedOperation:
    """A long-running operation of an asynchronous client.

    Args:
        operation: The operation.
        run: Runs a coroutine in the client's loop.
    """

    def __init__(self, operation: AsyncOperation, run: Callable[[Any], Any]) -> None:
        self._operation, self._run = operation, run

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._operation, name)
        return (lambda *given: self._run(found(*given))) if inspect.iscoroutinefunction(found) else found


async def _made(make: Callable[[], Any]) -> Any:
    return make()
