"""Tells the lines that must be decoded and searched from those that need not, without decoding them."""

from __future__ import annotations

import re
from collections.abc import Sequence

import pyarrow as pa
import pyarrow.compute as pc

from components.dataset_validation.personal_data.finder import NUMBER, PATTERNS
from components.dataset_validation.personal_data.secret_patterns import PASSWORD_WORDS

_WORDS = {word for pattern in PATTERNS if not pattern.numeric for word in pattern.words} - set(PASSWORD_WORDS)
# Lines speak of passwords and tokens more often than they name one; `IS` and its escapes follow where one is named.
_NAMED = rf"(?i:{'|'.join(PASSWORD_WORDS)})[\\\\nrt \t\r\"'`]{{0,24}}(?:[:=]|is)"
# An escape may hide a letter, a digit, or a slash.
_ESCAPES = r"\\u00|\\/"
_EXPRESSION = rf"(?i:{'|'.join(map(re.escape, sorted(_WORDS)))})|{_NAMED}|{NUMBER}|{_ESCAPES}"


def may_hold(lines: Sequence[bytes]) -> list[bool]:
    """Whether each line of JSON may hold what `finder.find` finds in its texts; never wrongly False.

    Arrow's expressions are those of RE2, which looks for all words in one pass over the line, in linear time.
    """
    array = pa.array(lines, pa.binary())
    return pc.match_substring_regex(array, _EXPRESSION).to_pylist()  # type: ignore[no-any-return]
