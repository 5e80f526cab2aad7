"""A finding: which rule is broken, where, and what to do about it."""

from __future__ import annotations

import json
from pathlib import PurePosixPath

import msgspec

from components.dataset_validation.rules.rule import Severity

_SHOWN_NAME_CHARS = 40


class Problem(msgspec.Struct, frozen=True):
    """A broken rule inside one line, before it is known in which file the line stands.

    Attributes:
        code: The rule's code.
        message: One sentence that says what is wrong, without text of the example.
        json_path: Place inside the line such as `contents[1].parts[0].text`; empty for the whole line.
        remedy: What to do; empty for the rule's own remedy.
        other: File and line of the other example that the message speaks of; None when there is none.
    """

    code: str
    message: str
    json_path: str = ""
    remedy: str = ""
    other: tuple[str, int] | None = None


class Finding(msgspec.Struct, frozen=True):
    """A broken rule at its place.

    Attributes:
        code: The rule's code.
        severity: `error` or `warning`.
        split: `train`, `validation` or `test`.
        file: The file as the caller named it.
        line: 1-based line number; 0 for the whole file.
        json_path: Place inside the line; empty for the whole line.
        message: One sentence that says what is wrong, without text of the example.
        remedy: What to do about it.
        other: File and line of the other example that the message speaks of; None when there is none.
    """

    code: str
    severity: Severity
    split: str
    file: str
    line: int
    json_path: str
    message: str
    remedy: str
    other: tuple[str, int] | None = None

    @property
    def where(self) -> str:
        """File name and line, such as `train.jsonl:4000`."""
        return _place(self.file, self.line)

    @property
    def other_where(self) -> str:
        """File name and line of the other example; empty when there is none."""
        return "" if self.other is None else _place(*self.other)


def _place(file: str, line: int) -> str:
    name = PurePosixPath(file).name
    return f"{name}:{line}" if line else name


def shown(name: str) -> str:
    """A key, role or label as it may appear in a message: quoted, escaped to ASCII and cut to 40 characters.

    Likely personal data and secrets in it are masked, whether they are looked for or not.
    """
    name = _masked(name)
    quoted = json.dumps(name[:_SHOWN_NAME_CHARS])
    return quoted if len(name) <= _SHOWN_NAME_CHARS else f'{quoted[:-1]}..."'


def shown_key(key: str) -> str:
    """A key of the dataset's own as it may appear in a JSON path: masked as in `shown` and cut to 40 characters."""
    return _masked(key)[:_SHOWN_NAME_CHARS]


def _masked(text: str) -> str:
    from components.dataset_validation.personal_data.finder import mask  # many regular expressions, seldom needed

    return mask(text)
