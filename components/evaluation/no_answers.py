"""When to stop asking a model that does not answer."""

from __future__ import annotations

from collections.abc import Callable

from components.errors import RetuneError, service_error

FEWEST = 32
"""Questions in a row without any reply before the rest are not asked; each was repeated several times already."""


def model_error(said: str) -> RetuneError:
    """A model under evaluation answers nothing."""
    if "reason: 429" in said:
        return service_error(
            "EVAL-QUOTA",
            said,
            "raise the model's quota, or lower evaluation.requests_per_minute; answers so far are kept",
        )
    return service_error(
        "EVAL-NO-ANSWERS", said, "look at the model or endpoint, and start again; answers so far are kept"
    )


class Failures:
    """Counts questions without a reply since the last one with a reply.

    Args:
        at_once: Requests in flight, which fail together.
        error: Makes the error of a sentence that ends with the last reason.
    """

    def __init__(self, *, at_once: int, error: Callable[[str], RetuneError] = model_error) -> None:
        self._most = max(FEWEST, 2 * at_once)
        self._error = error
        self._asked = 0
        self._in_a_row = 0
        self._last = ""

    def note(self, failure: str | None) -> None:
        """Count a question: None for one that was replied to, or why there is no reply.

        Raises:
            RetuneError: Too many failed one after the other.
        """
        self._asked += 1
        if failure is None:
            self._in_a_row = 0
            return
        self._in_a_row += 1
        self._last = failure
        if self._in_a_row >= self._most:
            raise self._error(self._said())

    def check_end(self) -> None:
        """Say what is wrong when every question failed.

        Raises:
            RetuneError: None was replied to.
        """
        if self._asked and self._in_a_row == self._asked:
            raise self._error(self._said())

    def _said(self) -> str:
        return f"{self._in_a_row} questions one after the other had no reply; reason: {self._last}"
