"""The `notification` section of the configuration."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import ConfigDict, Field, model_validator

from components.gcp.secrets import VERSION
from components.gcp.topics import TOPIC
from components.settings import Settings

Format = Literal["json", "slack", "google_chat", "teams"]
HTTPS = r"https://\S+"
LOOPBACK = r"http://(127\.0\.0\.1|localhost)[:/]\S*"
ADDRESS = rf"{HTTPS}|{LOOPBACK}"
"""Where a webhook may be: `http://` shows the message to everybody on the way, so for loopback only."""


MOST_MAILED = 3
MailAddress = Annotated[str, Field(pattern=r"^[^@\s]+@[^@\s]+\.[^@\s]+$")]


class NotificationSettings(Settings):
    """Who is told how a run ended, and how.

    Attributes:
        webhook: Address that gets a POST, where it is no secret: the configuration is a parameter of the pipeline, and
            every task's log shows it. Empty for none.
        webhook_secret: The same address as a version of a secret, `projects/P/secrets/S/versions/V`, which the last
            task reads. Those of chats are accepted as a secret only, because they let anybody post.
        format: What is posted: the summary as JSON, or a message of `slack`, `google_chat` or `teams`.
        topic: `projects/P/topics/T` that gets the summary as a Pub/Sub message; empty for none.
        email: Addresses that Vertex AI sends its own mail about a run to, three at most (its page "Configure email
            notifications"); compiled into the pipeline, see `retune compile --email`.
    """

    # An error must not quote an address that is a secret.
    model_config = ConfigDict(hide_input_in_errors=True)

    webhook: str = Field(default="", pattern=rf"^({ADDRESS})?$")
    webhook_secret: str = Field(default="", pattern=rf"^({VERSION})?$")
    format: Format = "json"
    topic: str = Field(default="", pattern=rf"^({TOPIC})?$")
    email: Annotated[tuple[MailAddress, ...], Field(max_length=MOST_MAILED)] = ()

    @model_validator(mode="after")
    def _one_address_and_no_secret_in_clear(self) -> NotificationSettings:
        if self.webhook and self.webhook_secret:
            raise ValueError("give webhook or webhook_secret, not both")
        if self.format != "json" and self.webhook.startswith("https://"):
            raise ValueError(
                f"whoever knows an address of {self.format} can post there, and logs show the configuration: put it "
                "into Secret Manager and name its version as webhook_secret"
            )
        return self
