"""The valid examples of a file, one after the other, for checks and commands that read a file once more."""

from __future__ import annotations

from collections.abc import Iterator

from components.dataset_validation.lines.exact_line import read_exactly
from components.dataset_validation.lines.line_stream import BinarySource, LineStream
from components.dataset_validation.lines.reading import Reading
from components.dataset_validation.lines.typed_line import read_typed


def valid_readings(source: BinarySource) -> Iterator[tuple[int, Reading]]:
    """Line numbers and readings of the examples without errors; other lines are passed over."""
    with source() as stream:
        for number, line in LineStream(stream):
            if line is None:
                continue
            reading = read_typed(line) or read_exactly(line)[0]
            if reading is not None:
                yield number, reading
