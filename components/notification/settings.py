"""The `notification` section of the configuration."""

from __future__ import annotations

from pydantic import Field

from components.settings import Settings


class NotificationSettings(Settings):
    """Who is told how a run ended.

    Attributes:
        webhook: `https://` address that gets the summary as a JSON POST; empty for none. `http://` is accepted for
            loopback only.
    """

    webhook: str = Field(default="", pattern=r"^$|^https://\S+$|^http://(127\.0\.0\.1|localhost)[:/]\S*$")
