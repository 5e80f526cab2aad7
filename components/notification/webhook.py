"""Posts to a webhook whose address may be a secret: it appears in no log and in no error."""

from __future__ import annotations

import logging
import re

from components.clock import Clock
from components.errors import RetuneError, configuration_error, service_error
from components.gcp.secrets import read_secret
from components.notification.settings import ADDRESS, NotificationSettings

TIMEOUT_S = 10.0
PAUSES_S = (1.0, 4.0)
REPEATED_STATUS = (429, 500, 502, 503, 504)


def webhook_address(settings: NotificationSettings) -> str:
    """The configured address, read from Secret Manager where it is a secret; empty for none.

    Raises:
        RetuneError: `NOTIFY-SECRET`, what the secret holds is no address; `SERVICE-…`.
    """
    if not settings.webhook_secret:
        return settings.webhook
    address = read_secret(settings.webhook_secret)
    if not re.fullmatch(ADDRESS, address):
        raise configuration_error(
            "NOTIFY-SECRET",
            "the secret holds no https:// address",
            "add a version that is the webhook's address and nothing else",
            settings.webhook_secret,
        )
    return address


def post(address: str, content: bytes, clock: Clock) -> None:
    """Post JSON, three times at most while the receiver is not there or refuses for now.

    Raises:
        RetuneError: `NOTIFY-WEBHOOK`.
    """
    problem, again = _post_once(address, content)
    for pause in PAUSES_S:
        if not again:
            break
        clock.sleep(pause)
        problem, again = _post_once(address, content)
    if problem:
        raise _refused(problem)


def _post_once(address: str, content: bytes) -> tuple[str, bool]:
    """What went wrong, empty for nothing, and whether it may be over a moment later.

    An error of httpx quotes the address, so it ends here and is nobody's cause.
    """
    import httpx

    logging.getLogger("httpx").setLevel(logging.WARNING)  # it logs addresses
    logging.getLogger("httpcore").setLevel(logging.WARNING)
    try:
        reply = httpx.post(address, content=content, headers={"content-type": "application/json"}, timeout=TIMEOUT_S)
    except httpx.TransportError as error:
        return f"{type(error).__name__}, no reply", True
    except (httpx.HTTPError, httpx.InvalidURL, UnicodeError) as error:
        return type(error).__name__, False
    if reply.is_success:
        return "", False
    return f"HTTP {reply.status_code}", reply.status_code in REPEATED_STATUS


def _refused(problem: str) -> RetuneError:
    return service_error(
        "NOTIFY-WEBHOOK",
        f"the webhook did not take the message ({problem})",
        "check the address and notification.format; the summary is in the run's ledger",
        "notification.webhook",
    )
