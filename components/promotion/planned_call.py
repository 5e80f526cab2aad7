"""One call of a promotion's plan: what is asked of which service about which resource."""

from __future__ import annotations

import msgspec

GATE = "gate"
"""Stands among the calls for the decision of the destination's gate."""


class PlannedCall(msgspec.Struct, frozen=True):
    """A call, or several alike.

    Attributes:
        call: Method of the service, such as `models.copy` or `storage.objects.insert`, or `GATE`.
        resource: Name of what it is called on; for what is created, of the parent.
        arguments: What it is given, by field.
        after_gate: Whether it is made only where the gate of the destination promotes.
        note: What else there is to know; empty for nothing.
    """

    call: str
    resource: str
    arguments: dict[str, str] = {}
    after_gate: bool = False
    note: str = ""

    def sentence(self) -> str:
        """The call on one line: `models.copy projects/P/locations/L sourceModel=… modelId=…`."""
        given = [f"{field}={value}" for field, value in self.arguments.items()]
        note = f" ({self.note})" if self.note else ""
        return " ".join((self.call, self.resource, *given)) + note
