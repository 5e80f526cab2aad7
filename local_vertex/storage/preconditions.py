"""Cloud Storage's request preconditions and the shape in which it refuses.

Source: https://cloud.google.com/storage/docs/request-preconditions
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from local_vertex.calls import Json, ServiceError


class StorageError(ServiceError):
    """A refusal in the shape of the Cloud Storage JSON API.

    Args:
        code: HTTP status.
        reason: Cloud Storage's reason, e.g. `conditionNotMet`.
        message: The service's sentence.
    """

    def __init__(self, code: int, reason: str, message: str) -> None:
        super().__init__(code, reason, message)

    def body(self) -> Json:
        """The response body."""
        return {
            "error": {
                "code": self.code,
                "message": self.message,
                "errors": [{"message": self.message, "domain": "global", "reason": self.status}],
            }
        }


def absent(what: str) -> StorageError:
    """501 for what Cloud Storage has and this stand-in has not."""
    return StorageError(501, "notImplemented", f"local Vertex has no {what}")


def no_such_object(bucket: str, name: str) -> StorageError:
    """404 for an object."""
    return StorageError(404, "notFound", f"No such object: {bucket}/{name}")


def no_such_bucket(bucket: str) -> StorageError:
    """404 for a bucket."""
    return StorageError(404, "notFound", f"The specified bucket does not exist: {bucket}")


@dataclass(frozen=True, slots=True)
class Preconditions:
    """What a request demands of the object (or bucket) as it is now; None demands nothing.

    Attributes:
        generation_match: Generation of the live object; 0 means that there must be none.
        generation_not_match: Generation that the live object must not have; 0 means that there must be one.
        metageneration_match: Metageneration that it must have.
        metageneration_not_match: Metageneration that it must not have.
    """

    generation_match: int | None = None
    generation_not_match: int | None = None
    metageneration_match: int | None = None
    metageneration_not_match: int | None = None

    @classmethod
    def of(cls, query: Mapping[str, str], prefix: str = "if") -> Preconditions:
        """The preconditions in a query string.

        Args:
            query: Query parameters.
            prefix: `if`, or `ifSource` for the source of a rewrite.

        Raises:
            StorageError: 400, a value is not a number.
        """
        found: list[int | None] = []
        for condition in ("GenerationMatch", "GenerationNotMatch", "MetagenerationMatch", "MetagenerationNotMatch"):
            text = query.get(prefix + condition)
            found.append(None if text is None else whole_number(prefix + condition, text))
        return cls(*found)

    def check(self, current: Json | None) -> None:
        """Nothing when the demands hold.

        Args:
            current: The resource as it is, None when there is none.

        Raises:
            StorageError: 412, a match does not hold; 304, a not-match does not.
        """
        generation = int(current["generation"]) if current and "generation" in current else 0
        metageneration = int(current["metageneration"]) if current else None
        wanted = ((self.generation_match, generation), (self.metageneration_match, metageneration))
        if any(demand is not None and demand != value for demand, value in wanted):
            raise _not_met(412)
        # Without a live object every ifGenerationNotMatch fails, says its reference.
        missing = self.generation_not_match is not None and not generation
        unwanted = ((self.generation_not_match, generation), (self.metageneration_not_match, metageneration))
        if missing or any(demand is not None and demand == value for demand, value in unwanted):
            raise _not_met(304)


def check_etag(headers: Mapping[str, str], resource: Json) -> None:
    """Nothing when `If-Match` and `If-None-Match`, which reads may have, hold.

    Raises:
        StorageError: 412 or 304.
    """
    etag = resource["etag"]
    if "if-match" in headers and etag not in _tags(headers["if-match"]):
        raise _not_met(412)
    if "if-none-match" in headers and etag in _tags(headers["if-none-match"]):
        raise _not_met(304)


def _tags(header: str) -> set[str]:
    return {tag.strip().strip('"') for tag in header.split(",")}


def _not_met(code: int) -> StorageError:
    return StorageError(code, "conditionNotMet", "At least one of the pre-conditions you specified did not hold.")


def whole_number(parameter: str, text: str) -> int:
    """The number in a query parameter.

    Raises:
        StorageError: 400, it is not a number.
    """
    if not text.isascii() or not text.isdigit():
        raise StorageError(400, "invalidParameter", f"Invalid value for parameter {parameter}: '{text}'")
    return int(text)
