"""Counting tokens with google-genai's own tokenizer: fetched, checked and cached by it, with a small vocabulary.

Only its table of addresses is changed: the vocabulary of Gemini lies on github.com. Everything else is its code.
"""

from __future__ import annotations

import hashlib
import io
import logging
import tempfile
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import sentencepiece
from google.genai import _local_tokenizer_loader as loader

from components.gcp.cloud_settings import CloudSettings
from components.gcp.token_counting import local_counters
from components.run_planning.dataset_tokens import count_tokens
from components.run_planning.planned_dataset import PlannedDataset
from components.run_planning.token_count import TokenCount
from local_vertex.server import RunningServer
from pipelines.catalogue import catalogue
from tests.components.planned_file import planned_file

FLASH, LITE, NEWER = "gemini-2.5-flash", "gemini-2.5-flash-lite", "gemini-3.1-flash-lite"
CORPUS = ["where is my card", "my card was blocked", "the transfer failed twice", "top up by bank transfer"] * 8
TEXTS = ("be brief", "where is my card", "blocked")
EXAMPLE = {
    "systemInstruction": {"parts": [{"text": TEXTS[0]}]},
    "contents": [
        {"role": "user", "parts": [{"text": TEXTS[1]}]},
        {"role": "model", "parts": [{"text": TEXTS[2]}]},
    ],
}


@dataclass
class FileHost:
    """A host that serves the vocabulary, or accepts the request and says nothing.

    Attributes:
        vocabulary: The file.
        url: Its address.
        silent: Whether requests stay without an answer.
        asked: Requests so far.
        over: Set when the test is over.
    """

    vocabulary: bytes
    url: str = ""
    silent: bool = False
    asked: int = 0
    over: threading.Event = field(default_factory=threading.Event)


@pytest.fixture(scope="module")
def vocabulary() -> bytes:
    written = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(CORPUS), model_writer=written, vocab_size=50, hard_vocab_limit=False, minloglevel=2
    )
    return written.getvalue()


@pytest.fixture
def host(vocabulary: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FileHost]:
    """Where google-genai's table says that the vocabulary is; its cache is empty."""
    made = FileHost(vocabulary)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            made.asked += 1
            if made.silent:
                made.over.wait()
                return
            self.send_response(200)
            self.send_header("content-length", str(len(made.vocabulary)))
            self.end_headers()
            self.wfile.write(made.vocabulary)

        def log_message(self, *arguments: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    made.url = f"http://127.0.0.1:{server.server_port}/vocabulary"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    known = loader._TokenizerConfig(made.url, hashlib.sha256(vocabulary).hexdigest())
    monkeypatch.setitem(loader._TOKENIZERS, "gemma3", known)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    forget()
    yield made
    made.over.set()
    server.shutdown()
    thread.join()
    server.server_close()
    forget()


def forget() -> None:
    """What google-genai keeps in memory, as a new process would not have it."""
    loader.load_model_proto.cache_clear()
    loader.get_sentencepiece.cache_clear()


def counted_by_hand(vocabulary: bytes, *texts: str) -> int:
    processor = sentencepiece.SentencePieceProcessor()
    processor.LoadFromSerializedProto(vocabulary)
    return sum(len(processor.encode(text)) for text in texts)


def count(dataset: PlannedDataset, *base_models: str, patience_s: float = 30.0) -> dict[str, TokenCount]:
    """Tokens as a plan counts them, in a project of the environment's service."""
    facts = {name: catalogue({})[name] for name in base_models}
    cloud = CloudSettings(project="tokens", location="us-central1", bucket="tokens")
    counts, warnings = count_tokens(dataset, facts, cloud, local_counters(base_models, patience_s))
    assert warnings == []
    return counts


def test_an_example_has_the_tokens_of_all_its_texts(host: FileHost, vocabulary: bytes) -> None:
    counter = local_counters([FLASH])[FLASH]
    assert counter(EXAMPLE) == counted_by_hand(vocabulary, *TEXTS)


def test_the_file_is_fetched_once_for_all_models_and_all_processes(host: FileHost) -> None:
    assert set(local_counters([FLASH, LITE])) == {FLASH, LITE}
    forget()
    assert set(local_counters([FLASH])) == {FLASH}
    assert host.asked == 1


def test_a_plan_counts_all_examples_here_and_asks_no_service(
    host: FileHost, vocabulary: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GOOGLE_VERTEX_BASE_URL", "http://127.0.0.1:9")
    dataset, texts = planned_file(20)
    counted = count(dataset, FLASH)[FLASH]
    assert (counted.method, counted.examples) == ("tokenizer", 20)
    assert counted.low == counted.tokens == counted.high == counted_by_hand(vocabulary, *texts)
    assert counted.in_words == f"{counted.tokens:,}, google-genai's tokenizer on 20 examples"


def test_a_host_that_does_not_answer_is_given_up_and_the_service_counts(
    host: FileHost, vertex_env: RunningServer
) -> None:
    """Both models together wait once: the test would hang for ever where the fetch was waited for."""
    host.silent = True
    counts = count(planned_file(20)[0], FLASH, LITE, patience_s=0.5)
    assert {count.method for count in counts.values()} == {"service"}
    assert host.asked == 1
    assert "countTokens of the service on 20 examples" in counts[FLASH].in_words


def test_a_host_that_is_not_there_leaves_the_count_to_the_service(
    host: FileHost, vertex_env: RunningServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = loader._TokenizerConfig("http://127.0.0.1:9/vocabulary", "0" * 64)
    monkeypatch.setitem(loader._TOKENIZERS, "gemma3", gone)
    assert count(planned_file(20)[0], FLASH)[FLASH].method == "service"


def test_a_file_that_was_tampered_with_is_not_believed(host: FileHost) -> None:
    host.vocabulary += b"\n"
    assert local_counters([FLASH]) == {}
    assert host.asked == 1


def test_a_model_without_a_local_tokenizer_is_counted_by_the_service(host: FileHost, vertex_env: RunningServer) -> None:
    """Gemini 3.1 wants `transformers`, an open model has none; the other candidate is counted here all the same."""
    counts = count(planned_file(20)[0], NEWER, FLASH)
    assert {name: count.method for name, count in counts.items()} == {NEWER: "service", FLASH: "tokenizer"}
    assert local_counters(["llama-3.3-70b"]) == {}


def test_examples_with_files_are_counted_by_the_service(host: FileHost, vertex_env: RunningServer) -> None:
    dataset, _ = planned_file(20, picture="gs://tokens/picture.png")
    assert count(dataset, FLASH)[FLASH].method == "service"


def test_no_example_goes_to_a_log(host: FileHost, caplog: pytest.LogCaptureFixture) -> None:
    """The tokenizer logs a whole example when it meets a part that it does not count."""
    example = {"contents": [{"role": "user", "parts": [{"text": "a secret", "thought": True}]}]}
    with caplog.at_level(logging.DEBUG):
        local_counters([FLASH])[FLASH](example)
    assert "secret" not in caplog.text
