"""How the console says things: states, durations, instants and names as people read them."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from local_vertex.calls import Json
from local_vertex.clock import instant_us, now_us

_PREFIXES = ("TUNING_JOB_STATE_", "PIPELINE_STATE_", "JOB_STATE_")
_TONES = {
    "good": ("SUCCEEDED", "ACTIVE"),
    "bad": ("FAILED", "EXPIRED"),
    "busy": ("RUNNING", "CANCELLING"),
    "wait": ("PENDING", "QUEUED"),
    "mixed": ("PARTIALLY_SUCCEEDED", "PAUSED"),
}
_MARKS = {"good": "✓", "bad": "✗", "busy": "●", "wait": "○", "mixed": "◐", "off": "–"}
# Control characters and the marks that reorder text: a name must not disguise itself. Lone surrogates have no UTF-8.
_INVISIBLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\ud800-\udfff]")


def visible(text: str) -> str:
    """The text with invisible characters shown as a replacement character."""
    return _INVISIBLE.sub("\ufffd", text)


def bare_state(state: str) -> str:
    """`SUCCEEDED` of `PIPELINE_STATE_SUCCEEDED`."""
    for prefix in _PREFIXES:
        state = state.removeprefix(prefix)
    return state


def state_words(state: str) -> str:
    """`partially succeeded` of `JOB_STATE_PARTIALLY_SUCCEEDED`."""
    return bare_state(state).lower().replace("_", " ")


def tone(state: str) -> str:
    """`good`, `bad`, `busy`, `wait`, `mixed` or `off`: the colour of a state."""
    bare = bare_state(state)
    return next((name for name, states in _TONES.items() if bare in states), "off")


def mark(state: str) -> str:
    """A sign for the state, for those who do not see its colour."""
    return _MARKS[tone(state)]


def duration(record: Json) -> str:
    """From its start to its end, or to now while it has none; empty for what has not started."""
    start = record.get("startTime")
    if not start:
        return ""
    end = instant_us(record["endTime"]) if "endTime" in record else now_us()
    return seconds(max(0, end - instant_us(start)) / 1_000_000)


def seconds(value: float) -> str:
    """`0.4 s`, `12 s`, `3 min 20 s`, `2 h 5 min`."""
    if value < 10:
        return f"{value:.1f} s"
    whole = round(value)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


def measure(value: object) -> str:
    """A number with three decimals; `–` for what is none."""
    return f"{value:.3f}" if isinstance(value, int | float) and abs(value) < 1e9 else "–"


def moment(instant: str | None) -> str:
    """An RFC 3339 instant as `2026-11-25 14:03:09 UTC`; empty for none."""
    if not instant:
        return ""
    at = datetime.fromtimestamp(instant_us(instant) / 1_000_000, UTC)
    return f"{at:%Y-%m-%d %H:%M:%S} UTC"


def short(name: str) -> str:
    """The last part of a resource name."""
    return name.rpartition("/")[2]


def location(name: str) -> str:
    """The location of a resource name, e.g. `us-central1`."""
    parts = name.split("/")
    return parts[3] if len(parts) > 3 else ""


def clipped(text: str, room: int) -> str:
    """The text, cut off with `…` where it is longer than so many characters."""
    return text if len(text) <= room else text[: max(1, room - 1)] + "…"
