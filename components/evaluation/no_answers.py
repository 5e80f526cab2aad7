"""When to stop asking a model that does not answer."""

from __future__ import annotations

from components.errors import RetuneError, service_error
from components.evaluation.rows import Row

FEWEST = 32
"""Questions in a row without any reply before the rest are not asked; each was repeated several times already."""


class Failures:
    """Counts questions without a reply since the last one with a reply.

    Args:
        at_once: Requests in flight, which fail together.
    """

    def __init__(self, *, at_once: int) -> None:
        self._most = max(FEWEST, 2 * at_once)
        self._asked = 0
        self._in_a_row = 0
        self._last = ""

    def note(self, row: Row) -> None:
        """Count a row.

        Raises:
            RetuneError: `EVAL-QUOTA` or `EVAL-NO-ANSWERS`, too many failed one after the other.
        """
        self._asked += 1
        if row.settled:
            self._in_a_row = 0
            return
        self._in_a_row += 1
        self._last = row.error
        if self._in_a_row >= self._most:
            raise self._error()

    def check_end(self) -> None:
        """Say what is wrong when every question failed.

        Raises:
            RetuneError: As `note`.
        """
        if self._asked and self._in_a_row == self._asked:
            raise self._error()

    def _error(self) -> RetuneError:
        said = f"{self._in_a_row} questions one after the other were not answered; the last reason: {self._last}"
        if self._last.startswith("429"):
            return service_error(
                "EVAL-QUOTA",
                said,
                "raise the model's quota, or lower evaluation.requests_per_minute; answers so far are kept",
            )
        return service_error(
            "EVAL-NO-ANSWERS", said, "look at the model or endpoint, and start again; answers so far are kept"
        )
