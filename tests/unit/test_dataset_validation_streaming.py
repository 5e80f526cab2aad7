"""Files are streamed: line numbers are exact at every block border."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.dataset_validation.lines import line_stream
from components.dataset_validation.lines.line_stream import LineStream


@given(st.lists(st.sampled_from([b"", b"a", b"bc\r", b"\xff" * 9])), st.booleans(), st.integers(1, 12))
def test_lines_are_those_of_the_file_whatever_the_block_size(lines: list[bytes], final: bool, block: int) -> None:
    data = b"\n".join(lines) + (b"\n" if final and lines else b"")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(line_stream, "BLOCK_BYTES", block)
        found = list(LineStream(io.BytesIO(data)))
    assert [line for _, line in found] == data.split(b"\n")[: None if data[-1:] not in (b"", b"\n") else -1]
    assert [number for number, _ in found] == list(range(1, len(found) + 1))


def test_a_line_above_the_limit_is_skipped_and_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(line_stream, "BLOCK_BYTES", 10)
    monkeypatch.setattr(line_stream, "MAX_LINE_BYTES", 25)
    data = b"a\n" + b"x" * 26 + b"\n" + b"b" * 25 + b"\n" + b"y" * 99 + b"\nc\n" + b"z" * 30
    assert list(LineStream(io.BytesIO(data))) == [(1, b"a"), (2, None), (3, b"b" * 25), (4, None), (5, b"c"), (6, None)]
