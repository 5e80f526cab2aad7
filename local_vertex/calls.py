"""The contract between the HTTP layer and the services: a checked call goes in, a JSON object comes out."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Call:
    """One API request that passed every check.

    Attributes:
        method: Discovery method identifier without the API's name, e.g. `projects.locations.tuningJobs.create`.
        version: `v1` or `v1beta1`.
        names: Path parameters by their discovery name (`parent`, `name`, `endpoint`, `model`, …), percent-decoded,
            with the project as its number (see `resource_names.canonical`).
        query: Query parameters by camelCase name, as text; system parameters such as `$alt` removed.
        body: Request body in camelCase with enums as names, output-only fields removed; empty when none was sent.
    """

    method: str
    version: str
    names: dict[str, str]
    query: dict[str, str] = field(default_factory=dict)
    body: Json = field(default_factory=dict)


Reply = Json | AsyncIterator[Json]
Handler = Callable[[Call], Reply | Awaitable[Reply]]
"""A service method: returns the response body, or an async iterator for server-sent events."""


class ServiceError(Exception):
    """A refusal in the service's own shape: `{"error": {"code", "message", "status", "details"}}`.

    Args:
        code: HTTP status.
        status: Name of the google.rpc code, e.g. `INVALID_ARGUMENT`.
        message: The service's sentence.
        details: `google.rpc` detail objects.
    """

    def __init__(self, code: int, status: str, message: str, details: list[Json] | None = None) -> None:
        super().__init__(message)
        self.code, self.status, self.message, self.details = code, status, message, details or []

    def body(self) -> Json:
        """The response body."""
        error: Json = {"code": self.code, "message": self.message, "status": self.status}
        if self.details:
            error["details"] = self.details
        return {"error": error}


def invalid_argument(message: str) -> ServiceError:
    """400 INVALID_ARGUMENT."""
    return ServiceError(400, "INVALID_ARGUMENT", message)


def not_found(message: str) -> ServiceError:
    """404 NOT_FOUND."""
    return ServiceError(404, "NOT_FOUND", message)


def failed_precondition(message: str) -> ServiceError:
    """400 FAILED_PRECONDITION."""
    return ServiceError(400, "FAILED_PRECONDITION", message)
