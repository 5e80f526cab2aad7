"""Datasets of other services become valid Gemini examples; what has no counterpart is refused with its place."""

from __future__ import annotations

import gzip
import io
import json
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner, Result

from components.dataset_validation.conversion.convert import Columns, Converted, convert
from components.dataset_validation.lines.data_file import DataFile
from components.dataset_validation.lines.exact_line import read_exactly
from components.errors import RetuneError
from pipelines.cli.main import app

WILD = Path(__file__).parents[3] / "shared" / "data" / "wild"


def converted(*examples: Any, source: str = "auto", columns: Columns | None = None) -> list[Converted]:
    data = "\n".join(json.dumps(example) for example in examples).encode()
    file = DataFile("a.jsonl", partial(io.BytesIO, data))
    return list(convert([file], source=source, columns=columns))


def line(example: Any, source: str = "auto") -> dict[str, Any]:
    (only,) = converted(example, source=source)
    assert only.line is not None, only.reason
    _, problems = read_exactly(only.line)
    assert problems == []
    result: dict[str, Any] = json.loads(only.line)
    return result


def pair(prompt: str, answer: str) -> list[dict[str, Any]]:
    return [{"role": "user", "parts": [{"text": prompt}]}, {"role": "model", "parts": [{"text": answer}]}]


CALL = {"id": "1", "type": "function", "function": {"name": "find", "arguments": '{"x": 1}'}}
SCHEMA = {"type": "object", "properties": {"x": {"type": "integer"}}}

IMAGE_IN_THE_LINE = {"type": "image_url", "image_url": {"url": "data:x"}}

FORMS = {
    "openai": {"messages": [{"role": "user", "content": "q"}, {"role": "assistant", "content": "a"}]},
    "completion": {"prompt": "q", "completion": "a"},
    "response": {"prompt": "q", "response": "a"},
    "alpaca": {"instruction": "q", "input": "", "output": "a"},
    "sharegpt": {"conversations": [{"from": "human", "value": "q"}, {"from": "gpt", "value": "a"}]},
    "palm": {"input_text": "q", "output_text": "a"},
    "bedrock": {
        "schemaVersion": "bedrock-conversation-2024",
        "messages": [{"role": "user", "content": [{"text": "q"}]}, {"role": "assistant", "content": [{"text": "a"}]}],
    },
}


@pytest.mark.parametrize("example", FORMS.values(), ids=FORMS)
def test_one_exchange_of_each_format(example: dict[str, Any]) -> None:
    assert line(example) == {"contents": pair("q", "a")}


def test_system_messages_become_the_system_instruction() -> None:
    system = {"role": "system", "content": "be kind"}
    openai = {"messages": [system, *FORMS["openai"]["messages"]]}
    anthropic = {"system": "be kind", "messages": FORMS["openai"]["messages"]}
    assert line(openai) == line(anthropic)
    assert line(openai)["systemInstruction"] == {"parts": [{"text": "be kind"}]}


def test_tool_calls_of_openai() -> None:
    example = {
        "tools": [{"type": "function", "function": {"name": "find", "parameters": SCHEMA}}],
        "messages": [
            {"role": "user", "content": "q"},
            {"role": "assistant", "content": None, "tool_calls": [CALL]},
            {"role": "tool", "tool_call_id": "1", "content": "[3]"},
            {"role": "assistant", "content": "a"},
        ],
    }
    result = line(example)
    assert result["tools"] == [{"functionDeclarations": [{"name": "find", "parametersJsonSchema": SCHEMA}]}]
    assert result["contents"][1:3] == [
        {"role": "model", "parts": [{"functionCall": {"name": "find", "args": {"x": 1}}}]},
        {"parts": [{"functionResponse": {"name": "find", "response": {"result": [3]}}}]},
    ]


def test_tool_blocks_of_anthropic() -> None:
    example = {
        "messages": [
            {"role": "user", "content": "q"},
            {"role": "assistant", "content": [{"type": "tool_use", "id": "1", "name": "find", "input": {"x": 1}}]},
            {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "1", "content": "3"}]},
            {"role": "assistant", "content": "a"},
        ],
    }
    assert [next(iter(turn["parts"][0])) for turn in line(example)["contents"]] == [
        "text",
        "functionCall",
        "functionResponse",
        "text",
    ]


def test_turns_of_one_speaker_are_joined_and_images_kept() -> None:
    image = {"type": "image_url", "image_url": {"url": "gs://bucket/cat.png"}}
    messages = [
        {"role": "user", "content": [image]},
        {"role": "user", "content": "q"},
        {"role": "assistant", "content": "a"},
    ]
    parts = line({"messages": messages})["contents"][0]["parts"]
    assert parts == [{"fileData": {"mimeType": "image/png", "fileUri": "gs://bucket/cat.png"}}, {"text": "q"}]


@pytest.mark.parametrize(
    ("example", "reason"),
    [
        ({"prompt": "q", "chosen": "a", "rejected": "b"}, "preference"),
        ({"contents": [], "completions": []}, "preference"),
        ({"messages": [], "reference_answer": {}}, "reinforcement"),
        ({"messages": [{"role": "user", "content": "q"}]}, "end with an answer"),
        ({"messages": [{"role": "assistant", "content": "q"}]}, "begin with the user"),
        ({"messages": [{"role": "narrator", "content": "q"}]}, "unknown role"),
        ({"messages": "x"}, "not a list"),
        ({"prompt": "q", "completion": "  "}, "end with an answer"),
        ({"prompt": 3, "completion": "a"}, "not a text"),
        (
            {"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "data:x"}}]}]},
            "upload",
        ),
        ({"else": 1}, "no known format"),
        ([1], "no JSON object"),
    ],
)
def test_what_has_no_counterpart_is_refused(example: Any, reason: str) -> None:
    (only,) = converted(example)
    assert only.line is None
    assert reason in only.reason
    assert only.row == 1


TEXTS = st.text(
    st.characters(exclude_categories=["Cs", "Cc", "Cf", "Co", "Cn"], exclude_characters="\ufffd"), min_size=1
)
WORDS = TEXTS.filter(str.strip)


@given(st.lists(st.tuples(WORDS, WORDS), min_size=1, max_size=4), st.sampled_from(["openai", "sharegpt", "bedrock"]))
@settings(deadline=None)
def test_conversations_survive(turns: list[tuple[str, str]], form: str) -> None:
    if form == "sharegpt":
        said = [
            {"from": who, "value": text} for turn in turns for who, text in zip(("human", "gpt"), turn, strict=True)
        ]
        example: dict[str, Any] = {"conversations": said}
    else:
        roles = ("user", "assistant")
        wrapped = (lambda text: [{"text": text}]) if form == "bedrock" else (lambda text: text)
        messages = [{"role": r, "content": wrapped(t)} for turn in turns for r, t in zip(roles, turn, strict=True)]
        example = {"messages": messages} | ({"schemaVersion": "x"} if form == "bedrock" else {})
    assert line(example)["contents"] == [content for turn in turns for content in pair(*turn)]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["role", "content", "type", "text"]), inner)
    ),
    max_leaves=12,
)
KEYS = st.sampled_from(["messages", "conversations", "prompt", "completion", "input_text", "tools", "system", "output"])


@given(st.dictionaries(KEYS, JSON, min_size=1))
@settings(max_examples=300, deadline=None)
def test_any_object_is_converted_or_refused(example: dict[str, Any]) -> None:
    (only,) = converted(example)
    assert (only.line is None) == bool(only.reason)


def run(*words: object) -> Result:
    return CliRunner().invoke(app, [str(word) for word in words], catch_exceptions=False)


def test_tables_packed_files_and_parquet(tmp_path: Path) -> None:
    import pyarrow
    from pyarrow import parquet

    (tmp_path / "a.csv").write_bytes('\ufefffrage,label\n"q, 1",a\n"zwei\nZeilen",b\n'.encode())
    (tmp_path / "b.jsonl.gz").write_bytes(gzip.compress(b'{"prompt": "q", "completion": "a"}\n'))
    parquet.write_table(pyarrow.table({"frage": ["q", ""], "label": [1, 2]}), tmp_path / "c.parquet")
    columns = ("--prompt", "frage", "--answer", "label")
    assert run("convert", tmp_path / "a.csv", *columns, "-o", tmp_path / "a.jsonl").exit_code == 0
    lines = [json.loads(one) for one in (tmp_path / "a.jsonl").read_text().splitlines()]
    assert [one["contents"] for one in lines] == [pair("q, 1", "a"), pair("zwei\nZeilen", "b")]
    assert run("convert", tmp_path / "b.jsonl.gz", "-o", tmp_path / "b.jsonl").exit_code == 0
    shown = run("convert", tmp_path / "c.parquet", *columns, "-o", tmp_path / "c.jsonl", "--json")
    assert shown.exit_code == 3
    assert json.loads(shown.stdout)["refused"][0]["row"] == 2
    assert json.loads((tmp_path / "c.jsonl").read_text())["contents"] == pair("q", "1")


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.jsonl.gz", gzip.compress(b'{"prompt": "q", "completion": "a"}\n' * 999)[:-20]),
        ("a.parquet", b"PAR1 but not really"),
        ("a.csv", b"\xff\xfe\x00"),
    ],
)
def test_a_damaged_file_leaves_nothing_half_written(tmp_path: Path, name: str, data: bytes) -> None:
    (tmp_path / name).write_bytes(data)
    with pytest.raises(RetuneError, match="DATA-CONVERT-READ"):
        run("convert", tmp_path / name, "--prompt", "a", "--answer", "b", "-o", tmp_path / "out.jsonl")
    assert not (tmp_path / "out.jsonl").exists()


def test_a_table_needs_its_columns(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("a,b\n1,2\n")
    with pytest.raises(RetuneError, match="CONFIG-COLUMNS"):
        run("convert", tmp_path / "a.csv")


@pytest.mark.skipif(not WILD.exists(), reason="the published files are not there")
@pytest.mark.parametrize(
    ("name", "rows"),
    [("azure_openai_chat_ja_train", 63), ("taxgpt_prompt_completion", 65), ("palm_text_bison_docs_example", 2)],
)
def test_published_files_become_valid(tmp_path: Path, name: str, rows: int) -> None:
    out = tmp_path / "train.jsonl"
    assert run("convert", WILD / f"{name}.jsonl", "-o", out).exit_code == 0
    report = json.loads(run("validate", out, "--json").stdout)
    assert report["valid"] is True
    assert report["splits"]["train"]["valid"] == rows
