"""What is no JSONL file at all is named once for the whole file, and what is one is never taken for something else."""

from __future__ import annotations

import csv
import gzip
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.dataset_validation.lines.file_form import file_form_problem
from components.dataset_validation.rules.catalogue import RULES
from components.dataset_validation.rules.file_rules import UNREADABLE

LINE = b'{"contents": [{"role": "user", "parts": [{"text": "a, b"}]}, {"role": "model", "parts": [{"text": "c"}]}]}\n'


@pytest.mark.parametrize(
    ("head", "code", "words"),
    [
        (gzip.compress(LINE * 50)[:-20], "DATA-FILE-COMPRESSED", "gzip"),
        (b"PAR1\x15\x04", "DATA-FILE-BINARY", "retune convert"),
        (bytes(range(256)) * 20, "DATA-FILE-BINARY", "NUL"),
        (b"prompt,answer\nhello,yes\n", "DATA-FILE-TABLE", "retune convert"),
        (b"prompt,answer\n" + b'"a ""quoted"", long\ntext",yes\n' * 9, "DATA-FILE-TABLE", "CSV"),
        ("\ufefffrage;antwort\r\nwo?;hier\r\n".encode(), "DATA-FILE-TABLE", "semicolons"),
        ("frage,antwort\nwo f\u00e4hrt er?,hier\n".encode("latin-1"), "DATA-FILE-TABLE", "CSV"),
        (b"id\tprompt\tanswer\n1\thello, you\tyes\n", "DATA-FILE-TABLE", "TSV"),
    ],
)
def test_another_form_is_named_with_its_remedy(head: bytes, code: str, words: str) -> None:
    problem = file_form_problem(head)
    assert problem is not None
    assert problem.code == code
    assert problem.code in UNREADABLE
    assert words in f"{problem.message} {problem.remedy or RULES[code].remedy}"


@pytest.mark.parametrize(
    "head",
    [
        pytest.param(LINE, id="one line"),
        pytest.param(LINE.strip(), id="no final line end"),
        pytest.param(b"\r\n\n" + LINE, id="blank lines first"),
        pytest.param(LINE[1:] + LINE, id="a first line that lacks its brace"),
        pytest.param(b"# exported, on monday\n" + LINE, id="a comment with a comma first"),
        pytest.param(b"prompt,answer\n" + LINE, id="a heading above JSON"),
        pytest.param(b"prompt,answer\n", id="a heading alone"),
        pytest.param(b"Hello, world\nHow are you, today\n", id="prose"),
        pytest.param(b"a,b\n1,2,3\n", id="rows of different lengths"),
        pytest.param(b"a,a\n1,2\n", id="a name twice"),
        pytest.param(b'"a","b\n', id="an open quote"),
        pytest.param(b'["q", "a"]\n["q", "b"]\n', id="arrays in lines"),
        pytest.param(b'"text"\n"text"\n', id="strings in lines"),
        pytest.param(b"this is prose\nof two lines\n", id="one column"),
    ],
)
def test_what_can_be_read_line_by_line_is(head: bytes) -> None:
    assert file_form_problem(head) is None


CELLS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=20)


@given(st.lists(st.lists(CELLS, min_size=2, max_size=2), min_size=1, max_size=8), st.sampled_from([",", "\t"]))
def test_written_tables_are_recognised(rows: list[list[str]], delimiter: str) -> None:
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter).writerows([["question", "label"], *rows])
    problem = file_form_problem(text.getvalue().encode())
    begins_like_json = any(cell.lstrip()[:1] in ("{", "[") for row in rows for cell in row)
    assert begins_like_json or (problem is not None and problem.code == "DATA-FILE-TABLE")


@given(st.binary(max_size=400))
def test_any_head_has_an_answer(head: bytes) -> None:
    problem = file_form_problem(head)
    assert problem is None or problem.code in UNREADABLE
