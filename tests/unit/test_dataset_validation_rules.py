"""Every rule of the catalogue fires on what breaks it and not on its near misses."""

from __future__ import annotations

import base64
import gzip
import io
import json
from functools import partial
from typing import Any

import pytest

from components.base_models.facts import Limits, ModalityLimits
from components.dataset_validation.ages.settings import AgeSettings
from components.dataset_validation.findings.report import DatasetReport
from components.dataset_validation.lines.data_file import DataFile
from components.dataset_validation.personal_data.settings import PersonalDataSettings
from components.dataset_validation.rules.catalogue import RULES
from components.dataset_validation.settings import ValidationSettings
from components.dataset_validation.validator import validate_dataset

LIMITS = Limits(
    tokens_per_example=1000,
    max_train_bytes=200_000,
    max_examples_text=50,
    max_examples_multimodal=20,
    max_validation_share=0.3,
    validation_share_from=10,
    older_max_validation_examples=(5, 8),
    older_max_examples_text=(30,),
    media={
        "image": ModalityLimits(max_files=2, max_bytes=90, mime_types=("image/png", "image/jpeg")),
        "video": ModalityLimits(max_files=1, max_seconds=5, max_seconds_low=20, mime_types=("video/mp4",)),
        "document": ModalityLimits(max_pages=3, mime_types=("application/pdf",)),
    },
)
SETTINGS = ValidationSettings(min_train_examples=0, min_test_examples=0)


def check(settings: ValidationSettings = SETTINGS, **files: bytes) -> DatasetReport:
    named = {split: [DataFile(f"{split}.jsonl", partial(io.BytesIO, data))] for split, data in files.items()}
    return validate_dataset(named, settings, LIMITS)


def turn(role: str | None, *parts: dict[str, Any] | str) -> dict[str, Any]:
    content: dict[str, Any] = {} if role is None else {"role": role}
    return {**content, "parts": [{"text": part} if isinstance(part, str) else part for part in parts]}


def example(*turns: dict[str, Any], **more: Any) -> bytes:
    return json.dumps({"contents": list(turns), **more}).encode() + b"\n"


def pair(prompt: str | dict[str, Any] = "question", answer: str = "answer", **more: Any) -> bytes:
    return example(turn("user", prompt), turn("model", answer), **more)


def pairs(start: int, stop: int, prompt: str = "question") -> bytes:
    return b"".join(pair(f"{prompt} {number}") for number in range(start, stop))


IMAGE = {"fileData": {"mimeType": "image/png", "fileUri": "gs://bucket/1.png"}}


def named(uri: str, mime_type: str = "image/png") -> dict[str, Any]:
    return {"fileData": {"mimeType": mime_type, "fileUri": uri}}


def inline(size: int, mime_type: str = "image/png") -> dict[str, Any]:
    return {"inlineData": {"mimeType": mime_type, "data": base64.b64encode(b"x" * size).decode()}}


CALL = {"functionCall": {"name": "look_up", "args": {"contents": 1}}}
RESPONSE = {"functionResponse": {"name": "look_up", "response": {"found": True}}}
TOOLS = [{"functionDeclarations": [{"name": "look_up", "parameters": {"type": "OBJECT"}}]}]
LOW = {"mediaResolution": "MEDIA_RESOLUTION_LOW"}
OBJECTS = b"".join(pair(f"q {number}", json.dumps({"label": number % 3})) for number in range(19))

PARAMETERS = {
    "type": "OBJECT",
    "properties": {"id": {"type": "INTEGER"}, "tag": {"type": "STRING", "nullable": True, "enum": ["a", "b"]}},
    "required": ["id"],
}


def labelled(*labels: str) -> bytes:
    return b"".join(pair(f"{number} of {place}", label) for place, label in enumerate(labels) for number in range(10))


SYSTEM = {"parts": [{"text": "Answer yes or no."}]}
ELSEWHERE = {"name": "find", "parametersJsonSchema": {"$ref": "http://127.0.0.1:9/schema"}}


def called(args: object, name: str = "find", parameters: object = PARAMETERS, **more: object) -> bytes:
    tools = [{"functionDeclarations": [{"name": "find", "parameters": parameters}]}]
    call = {"functionCall": {"name": name, "args": args}}
    return example(turn("user", "a"), turn("model", call), **({"tools": tools} | more))


ENGLISH = "The parcel that I ordered has not been delivered yet and nobody answers my letters, order {}"
GERMAN = "Das Paket, das ich bestellt habe, wurde noch nicht geliefert und niemand antwortet mir, Auftrag {}"
FRENCH = "Le colis que j'ai commandé n'est pas encore arrivé et personne ne répond à mes lettres, commande {}"


def prose(count: int, start: int = 0, end: str = ".", prompt: str = ENGLISH, answer: str = ENGLISH) -> bytes:
    return b"".join(
        pair(prompt.format(number), f"{answer.format(number)}{' and so on' * (number % 7)}{end}")
        for number in range(start, start + count)
    )


SYSTEMS = b"".join(pair(f"s {number}", systemInstruction=SYSTEM) for number in range(19))
SCORES = b"".join(pair(f"n {number}", json.dumps({"score": number})) for number in range(19))
PILE = b"".join(pair(f"p {number}", f"{number:04}" + " words" * 49 + "end.") for number in range(6))

BREAKING: list[tuple[str, dict[str, bytes]]] = [
    ("DATA-FILE-EMPTY", {"train": b""}),
    ("DATA-FILE-EMPTY", {"train": b" \n\n"}),
    ("DATA-FILE-COMPRESSED", {"train": gzip.compress(pair())}),
    ("DATA-FILE-BINARY", {"train": pair().decode().encode("utf-16")}),
    ("DATA-FILE-BINARY", {"train": b"PAR1\x15\x04"}),
    ("DATA-FILE-TABLE", {"train": b'question,label\n"where, please?",card\nwhen?,card\n'}),
    ("DATA-FILE-TABLE", {"train": b'\xef\xbb\xbf"question";"label"\r\n"a\nb";c\r\n\r\n'}),
    ("DATA-FILE-TABLE", {"train": b"question\tlabel\twhen\nwhere?\tcard\t2026\n"}),
    ("DATA-FILE-ARRAY", {"train": b"[" + pair().strip() + b"]"}),
    ("DATA-FILE-ARRAY", {"train": b"[\n" + pair() + b"]"}),
    ("DATA-FILE-PRETTY", {"train": json.dumps(json.loads(pair()), indent=2).encode()}),
    ("DATA-FILE-SIZE", {"train": pair("x" * 2000) * 100}),
    ("DATA-BLANK-LINE", {"train": pair() + b"\n" + pair("other")}),
    ("DATA-BLANK-LINE", {"train": pair() + b" \r\n"}),
    ("DATA-LINE-SIZE", {"train": b'{"contents": "' + b"x" * (33 << 20) + b'"}\n' + pair()}),
    ("DATA-BOM", {"train": b"\xef\xbb\xbf" + pair()}),
    ("DATA-ENCODING", {"train": pair("caf\u00e9").decode("unicode-escape").encode("latin-1")}),
    ("DATA-JSON", {"train": pair() + b'{"contents": [,]}\n'}),
    ("DATA-JSON", {"train": pair().replace(b'"question"', b"NaN")}),
    ("DATA-JSON", {"train": pair().strip() + pair()}),
    ("DATA-JSON", {"train": pair() + b"// a comment\n"}),
    ("DATA-JSON", {"train": pair() + pair()[:40]}),
    ("DATA-JSON", {"train": pair() + b"[" * 100_000}),
    ("DATA-JSON", {"train": pair() + b'{"contents": ' + b"9" * 5000 + b"}"}),
    ("DATA-DUPLICATE-KEY", {"train": pair().replace(b'"role": "model"', b'"role": "user", "role": "model"')}),
    ("DATA-DUPLICATE-KEY", {"train": pair(systemInstruction={"parts": [{"text": "a"}]}, system_instruction=1)}),
    ("DATA-SURROGATE", {"train": pair("half of \ud83d")}),
    ("DATA-CONTROL-CHAR", {"train": pair("bell \x07")}),
    ("DATA-CONTROL-CHAR", {"train": pair().replace(b"question", b"del \x7f")}),
    ("DATA-CONTROL-CHAR", {"train": pair().replace(b"question", b"next line \xc2\x85")}),
    ("DATA-REPLACEMENT-CHAR", {"train": pair("caf\ufffd")}),
    ("DATA-REPLACEMENT-CHAR", {"train": pair().replace(b"question", "caf\ufffd".encode())}),
    ("DATA-INVISIBLE-CHAR", {"train": pair("zero\u200bwidth")}),
    ("DATA-INVISIBLE-CHAR", {"train": pair().replace(b"question", "turned \u202e".encode())}),
    ("DATA-FORMAT-OPENAI-CHAT", {"train": b'{"messages": [{"role": "user", "content": "a"}]}'}),
    ("DATA-FORMAT-ANTHROPIC", {"train": b'{"system": "s", "messages": [{"role": "user", "content": "a"}]}'}),
    ("DATA-FORMAT-COMPLETION", {"train": b'{"prompt": "a", "completion": "b"}'}),
    ("DATA-FORMAT-PALM", {"train": b'{"input_text": "a", "output_text": "b"}'}),
    ("DATA-FORMAT-PREFERENCE", {"train": example(turn("user", "a"), completions=[])}),
    ("DATA-FORMAT-REINFORCEMENT", {"train": example(turn("user", "a"), references={})}),
    ("DATA-NOT-OBJECT", {"train": pair() + b'["question", "answer"]\n'}),
    ("DATA-UNKNOWN-KEY", {"train": b'{"content": []}'}),
    ("DATA-MISSING-KEY", {"train": b'{"systemInstruction": {"parts": [{"text": "a"}]}}'}),
    ("DATA-MISSING-KEY", {"train": example({"role": "user"}, turn("model", "b"))}),
    ("DATA-MISSING-KEY", {"train": pair(tools=[{}])}),
    ("DATA-TYPE", {"train": b'{"contents": "question"}'}),
    ("DATA-TYPE", {"train": example({"role": "user", "parts": "question"}, turn("model", "b"))}),
    ("DATA-TYPE", {"train": pair().replace(b'"answer"', b"null")}),
    ("DATA-TYPE", {"train": pair(systemInstruction="Be kind.")}),
    ("DATA-TYPE", {"train": pair(systemInstruction={"role": None, "parts": [{"text": "a"}]})}),
    ("DATA-TYPE", {"train": pair(tools={})}),
    ("DATA-SNAKE-CASE", {"train": pair(system_instruction={"parts": [{"text": "a"}]})}),
    ("DATA-ROLE", {"train": example(turn("user", "a"), turn("assistant", "b"))}),
    ("DATA-ROLE", {"train": example(turn("system", "s"), turn("user", "a"), turn("model", "b"))}),
    ("DATA-ROLE", {"train": example(turn("user", "a"), turn(None, "b"), turn("user", "c"), turn("model", "d"))}),
    ("DATA-ROLE-MISSING", {"train": example(turn("user", "a"), turn(None, "b"))}),
    ("DATA-ROLE-ORDER", {"train": example(turn("user", "a"), turn("user", "b"), turn("model", "c"))}),
    ("DATA-ROLE-ORDER", {"train": example(turn("model", "a"))}),
    ("DATA-ROLE-ORDER", {"train": example(turn(None, RESPONSE), turn("model", "a"))}),
    ("DATA-LAST-TURN", {"train": example(turn("user", "a"), turn("model", "b"), turn("user", "c"))}),
    ("DATA-EMPTY-TURN", {"train": example()}),
    ("DATA-EMPTY-TURN", {"train": example(turn("user", "a"), turn("model"))}),
    ("DATA-EMPTY-TEXT", {"train": pair(answer="")}),
    ("DATA-EMPTY-TEXT", {"train": pair(" \u3000\n")}),
    ("DATA-EMPTY-TEXT", {"train": pair(systemInstruction={"parts": [{"text": " "}]})}),
    ("DATA-PART", {"train": pair({"text": "a", **IMAGE})}),
    ("DATA-PART", {"train": pair({})}),
    ("DATA-FILE-URI", {"train": pair({"fileData": {"mimeType": "image/png", "fileUri": "photos/1.png"}})}),
    ("DATA-FILE-URI", {"train": pair({"fileData": {"mimeType": "png", "fileUri": "gs://b/1.png"}})}),
    ("DATA-INLINE-DATA", {"train": pair({"inlineData": {"mimeType": "image/png", "data": "aGk="}})}),
    ("DATA-SYSTEM-PARTS", {"train": pair(systemInstruction={"parts": [IMAGE]})}),
    ("DATA-GENERATION-CONFIG", {"train": pair(generationConfig={"temperature": 0})}),
    ("DATA-MEDIA-RESOLUTION", {"train": pair(generationConfig={"mediaResolution": "LOW"})}),
    ("DATA-TOKENS", {"train": pair("x" * 4000)}),
    ("DATA-TOKENS-NEAR", {"train": pair("x" * 3500)}),
    ("DATA-EXAMPLES-MAX", {"train": pairs(0, 51)}),
    ("DATA-EXAMPLES-MAX", {"train": pairs(0, 20) + pair(IMAGE)}),
    ("DATA-EXAMPLES-MAX-OLD", {"train": pairs(0, 31)}),
    ("DATA-VALIDATION-MAX", {"train": pairs(0, 30), "validation": pairs(50, 61)}),
    ("DATA-VALIDATION-MAX-OLD", {"train": pairs(0, 30), "validation": pairs(50, 56)}),
    ("DATA-MEDIA-RESOLUTION-MIXED", {"train": pair(IMAGE, generationConfig=LOW), "validation": pair(IMAGE)}),
    ("DATA-LINE-END", {"train": pair().replace(b"\n", b"\r\n") + pair("b")}),
    ("DATA-DUPLICATE", {"train": pair() + pair("other") + pair()}),
    ("DATA-CONFLICT", {"train": pair(answer="yes") + pair(answer="no")}),
    ("DATA-LEAK-TEST", {"train": pair("Where is it?"), "test": pair("where  is it?")}),
    ("DATA-LEAK-TEST", {"train": pair("a"), "validation": pair("b"), "test": pair("b")}),
    ("DATA-LEAK-TEST-SHARE", {"train": pair(), "test": pair() + pairs(0, 9)}),
    ("DATA-LEAK-VALIDATION", {"train": pair("\u00c9t\u00e9"), "validation": pair("E\u0301t\u00e9 ")}),
    ("DATA-FUNCTION-CALL", {"train": called({"id": 1}, name="fnd")}),
    ("DATA-FUNCTION-CALL", {"train": example(turn("user", CALL), turn("model", "a"))}),
    ("DATA-FUNCTION-ARGS", {"train": called({"id": "1"})}),
    ("DATA-FUNCTION-ARGS", {"train": called({})}),
    ("DATA-FUNCTION-ARGS", {"train": called({"id": 1, "other": 2})}),
    ("DATA-FUNCTION-ARGS", {"train": called({"id": 1, "tag": "c"})}),
    ("DATA-FUNCTION-DECLARATION", {"train": called({}, parameters={"type": "TEXT"})}),
    ("DATA-FUNCTION-DECLARATION", {"train": pair(tools=TOOLS + TOOLS)}),
    (
        "DATA-FUNCTION-DECLARATION",
        {"train": pair(tools=[{"functionDeclarations": [{"name": "f", "parametersJsonSchema": {"type": 3}}]}])},
    ),
    (
        "DATA-FUNCTION-RESPONSE",
        {
            "train": example(
                turn("user", "a"),
                turn("model", CALL),
                turn(None, {"functionResponse": {"name": "other", "response": {}}}),
                turn("model", "b"),
            )
        },
    ),
    ("DATA-LABEL-UNSEEN", {"train": labelled("yes", "no"), "test": pair("t1", "maybe") + pair("t2", "yes")}),
    ("DATA-LABEL-SPELLING", {"train": labelled("yes", "no") + pair("one more", "Yes. ")}),
    ("DATA-LABEL-BALANCE", {"train": labelled(*["yes"] * 19, "no")}),
    ("DATA-LABEL-SPELLING", {"train": labelled(*["refund"] * 2, "invoice") + pair("x", "refnud")}),
    ("DATA-LABEL-RARE", {"train": labelled(*["refund"] * 2, *["invoice"] * 2, *["return"] * 2) + pair("x", "fee")}),
    ("DATA-SYSTEM-UNSEEN", {"train": pair("a", systemInstruction=SYSTEM), "test": pair("b")}),
    ("DATA-SYSTEM-MIXED", {"train": SYSTEMS + pair("without")}),
    ("DATA-ANSWER-SHORT", {"test": prose(120) + pair(ENGLISH.format("x"), "n/a")}),
    ("DATA-LENGTH-OUTLIER", {"test": prose(120) + pair("long " * 200)}),
    ("DATA-LENGTH-OUTLIER", {"test": prose(120) + pair(ENGLISH.format("x"), "long " * 300 + ".")}),
    ("DATA-ANSWER-CUT", {"test": prose(40) + prose(1, start=40, end=",")}),
    ("DATA-ANSWER-CUT", {"test": prose(40) + prose(1, start=40, end=" and then nothing")}),
    ("DATA-ANSWER-PILE", {"test": prose(40) + PILE}),
    ("DATA-LANGUAGE-MIXED", {"test": prose(210) + prose(4, prompt=GERMAN, answer=GERMAN)}),
    ("DATA-LANGUAGE-ANSWER", {"test": prose(210) + prose(4, start=500, answer=FRENCH)}),
    ("DATA-LANGUAGE-UNSEEN", {"train": prose(210), "test": prose(210, start=300, prompt=GERMAN, answer=GERMAN)}),
    ("DATA-TEST-ANSWER", {"test": pair(answer=IMAGE) + pair("b")}),  # type: ignore[arg-type]
    ("DATA-MEDIA-COUNT", {"train": example(turn("user", "a", IMAGE, IMAGE, IMAGE), turn("model", "b"))}),
    ("DATA-MEDIA-COUNT", {"train": example(turn("user", IMAGE, IMAGE), turn("model", IMAGE))}),
    ("DATA-MEDIA-COUNT", {"train": example(turn("user", IMAGE, inline(9), IMAGE), turn("model", "b"))}),
    ("DATA-MEDIA-TYPE", {"train": pair(named("gs://b/1.jpg", "image/jpg"))}),
    ("DATA-MEDIA-TYPE", {"train": pair(named("https://host/1.zip", "application/zip"))}),
    ("DATA-MEDIA-TYPE", {"train": pair(inline(9, "image/tiff"))}),
    ("DATA-MEDIA-SIZE", {"train": pair(inline(91))}),
    ("DATA-ANSWER-FORMAT", {"train": OBJECTS + pair(answer="label 1")}),
    ("DATA-ANSWER-FORMAT", {"train": SCORES + pair(answer='{"score": "3"}')}),
    ("DATA-ANSWER-FORMAT", {"train": OBJECTS, "test": pair("t", '{"labels": 1}')}),
]


SEARCHED = ValidationSettings(
    min_train_examples=0,
    min_test_examples=0,
    personal_data=PersonalDataSettings(enabled=True),
    ages=AgeSettings(field="created", max_days=365),
)
OLD, NEW = (pair(f"created: {day}\nquestion") for day in ("2024-01-01", "2025-06-01"))
BREAKING_TEXTS: list[tuple[str, dict[str, bytes]]] = [
    ("DATA-PERSONAL", {"train": NEW.replace(b"question", b"I am bob@acme.io")}),
    ("DATA-PERSONAL", {"train": NEW.replace(b"answer", b"call +49 170 2345678")}),
    ("DATA-SECRET", {"train": NEW.replace(b"question", b"password: Tr0ub4dor&3x")}),
    ("DATA-STALE", {"train": OLD + NEW}),
    ("DATA-DATE-MISSING", {"train": NEW + pair()}),
    ("DATA-DATE-MISSING", {"train": NEW + OLD.replace(b"2024-01-01", b"last year")}),
    ("DATA-DATE-ORDER", {"train": NEW, "test": NEW.replace(b"06-01", b"05-31")}),
]
NEAR_MISSES_OF_TEXTS: dict[str, dict[str, bytes]] = {
    "addresses for examples": {"train": NEW.replace(b"question", b"bob@example.com, +1 212 555 0142, 192.0.2.7")},
    "talk of passwords": {"train": NEW.replace(b"question", b"I forgot my password: what now?")},
    "a year old": {"train": NEW + NEW.replace(b"2025", b"2024").replace(b"question", b"other")},
    "splits that overlap in time": {"train": NEW, "test": NEW.replace(b"question", b"other")},
}


@pytest.mark.parametrize(("code", "files"), BREAKING_TEXTS)
def test_a_rule_of_texts_fires_when_it_is_asked_for(code: str, files: dict[str, bytes]) -> None:
    assert check(SEARCHED, **files).counts == {code: 1}
    assert code not in check(**files).counts


@pytest.mark.parametrize("files", NEAR_MISSES_OF_TEXTS.values(), ids=NEAR_MISSES_OF_TEXTS)
def test_near_misses_of_texts_have_no_findings(files: dict[str, bytes]) -> None:
    assert check(SEARCHED, **files).findings == []


@pytest.mark.parametrize(("code", "files"), BREAKING, ids=[f"{n}-{code}" for n, (code, _) in enumerate(BREAKING)])
def test_a_rule_fires_on_what_breaks_it(code: str, files: dict[str, bytes]) -> None:
    report = check(**files)
    assert report.counts.get(code) == 1
    assert RULES[code].severity in {finding.severity for finding in report.findings if finding.code == code}


def test_missing_files_and_small_files_have_rules_of_their_own() -> None:
    def missing() -> io.BytesIO:
        raise FileNotFoundError(2, "No such file or directory")

    files = {"train": [DataFile("a", missing)], "test": [DataFile("b", lambda: io.BytesIO(pair()))]}
    report = validate_dataset(files, ValidationSettings(), LIMITS)
    assert dict(report.counts) == {"DATA-FILE-MISSING": 1, "DATA-TOO-FEW": 1}


def test_every_rule_is_tested() -> None:
    elsewhere = {"DATA-FILE-MISSING", "DATA-TOO-FEW"} | {code for code in RULES if code.startswith("DATA-NEAR-")}
    elsewhere |= {
        "DATA-MEDIA-MISSING",
        "DATA-MEDIA-TYPE-STORED",
        "DATA-MEDIA-DURATION",
        "DATA-MEDIA-PAGES",
        "DATA-MEDIA-UNREADABLE",
    }
    assert {code for code, _ in BREAKING + BREAKING_TEXTS} | elsewhere == set(RULES)


NEAR_MISSES: dict[str, dict[str, bytes]] = {
    "no final line end": {"train": pair().rstrip(b"\n")},
    "a line end inside a text": {"train": pair("a\r\nb")},
    "escaped quotes and backslashes": {"train": pair('say "hi"', "C:\\bin\\f\\")},
    "tabs and line ends in text": {"train": pair("a\tb\r\nc")},
    "joiners of emoji and Persian": {"train": pair("\U0001f469\u200d\U0001f4bb \u0645\u06cc\u200c\u062e")},
    "a no-break space": {"train": pair().replace(b"question", "a\u00a0b".encode())},
    "a pair of surrogate escapes": {"train": pair("\U0001f600")},
    "a role-less function response": {
        "train": example(
            turn("user", "a"), turn("model", CALL, CALL), turn(None, RESPONSE), turn("model", "b"), tools=TOOLS
        )
    },
    "two role-less function responses": {
        "train": example(
            turn("user", "a"), turn("model", CALL), turn(None, RESPONSE), turn(None, RESPONSE), turn("model", "b")
        )
    },
    "a system instruction with a role": {"train": pair(systemInstruction={"role": "system", "parts": [{"text": "a"}]})},
    "files from the web": {"train": pair({"fileData": {"mimeType": "image/png", "fileUri": "https://host/1.png"}})},
    "as many files as are allowed": {
        "train": example(turn("user", IMAGE), turn("model", IMAGE))
        + example(turn("user", named("gs://b/1.mp4", "video/mp4"), IMAGE), turn("model", "b"))
    },
    "MIME types with parameters and capitals": {"train": pair(named("gs://b/1.png", "Image/PNG; a=b"))},
    "types of a modality without a list": {"train": pair(named("gs://b/1", "audio/anything"))},
    "one media resolution": {"train": pair(IMAGE, generationConfig=LOW), "test": pair(IMAGE, "b", generationConfig=LOW)}
    | {"test": pair({"fileData": {"mimeType": "image/png", "fileUri": "gs://b/2.png"}}, generationConfig=LOW)},
    "text lines without a media resolution": {"train": pair(IMAGE, generationConfig=LOW) + pair()},
    "equal prompts under other system instructions": {
        "train": pair(answer="yes") + pair(answer="no", systemInstruction={"parts": [{"text": "Disagree."}]})
    },
    "a function call as an answer to learn": {"train": pair(answer=CALL)},  # type: ignore[arg-type]
    "a text beside a function call": {"test": example(turn("user", "a"), turn("model", "b", CALL))},
    "arguments as declared": {"train": called({"id": 1, "tag": "a"})},
    "an argument that may be null": {"train": called({"id": 2, "tag": None})},
    "a schema that refers elsewhere is not followed": {
        "train": called({"x": 1}, parameters=None, tools=[{"functionDeclarations": [ELSEWHERE]}])
    },
    "labels that training knows": {"train": labelled("yes", "no"), "test": pair("t", "no") * 1},
    "labels in equal shares": {"train": labelled("yes", "no", "yes")},
    "labels that differ inside": {"train": labelled("card-lost", "card_lost")},
    "one system instruction": {
        "train": pair("a", systemInstruction=SYSTEM),
        "test": pair("b", systemInstruction=SYSTEM),
    },
    "two system instructions in equal shares": {"train": SYSTEMS + pairs(0, 11)},
    "labels of very different lengths": {
        "test": b"".join(
            pair(f"p {n}", "yes, but only when it is " + "very " * (n % 7) + "late" * 40 if n % 2 else "no")
            for n in range(120)
        )
    },
    "a rare figure beside a frequent one": {
        "train": labelled("label 10", "label 10") + pairs(0, 5) + pair("x", "label 11")
    },
    "a field that may be null": {"train": SCORES + pair(answer='{"score": null}')},
    "answers without final marks": {"test": prose(40, end="")},
    "two languages in equal shares": {"test": prose(150) + prose(150, prompt=GERMAN, answer=GERMAN)},
    "translations": {"test": prose(250, answer=FRENCH)},
    "two examples in another language": {"test": prose(250) + prose(2, prompt=GERMAN, answer=GERMAN)},
    "one long answer many times": {"test": prose(40) + b"".join(pair(f"p {n}", "same " * 60 + ".") for n in range(9))},
    "equal answers": {"train": pair("a") + pair("b")},
    "30 % validation": {"train": pairs(0, 30), "validation": pairs(50, 55)},
    "answers of several forms": {"train": OBJECTS + b"".join(pair(f"p {n}", "prose") for n in range(5))},
    "keys in another order": {
        "train": b'{"contents":[{"parts":[{"text":"a"}],"role":"user"},{"parts":[{"text":"b"}],"role":"model"}]}'
    },
}


@pytest.mark.parametrize("files", NEAR_MISSES.values(), ids=NEAR_MISSES)
def test_near_misses_have_no_findings(files: dict[str, bytes]) -> None:
    assert check(**files).findings == []


@pytest.mark.parametrize(
    ("line", "remedy"),
    [
        (b'{"content": []}', "did you mean contents?"),
        (example({"role": "user", "content": "a"}), "did you mean parts?"),
        (example(turn("user", "a"), turn("assistant", "b")), "did you mean model?"),
        (example(turn("system", "a"), turn("model", "b")), "move the text to systemInstruction"),
        (pair(systemInstructions={}), "did you mean systemInstruction?"),
        (pair({"fileData": {"mimeType": "image/png", "fileUrl": "gs://b/1"}}), "did you mean fileUri?"),
        (pair({"txt": "a"}), "did you mean text?"),
        (pair(named("gs://b/1", "image/jpg")), "did you mean image/jpeg?"),
        (pair(named("gs://b/1", "application/x-pdf")), "did you mean application/pdf?"),
        (pair(named("gs://b/1", "image/gif")), "convert the file, or correct its MIME type"),
    ],
)
def test_misspelt_names_get_the_right_one_proposed(line: bytes, remedy: str) -> None:
    assert remedy in {finding.remedy for finding in check(train=line).findings}


def test_inline_data_of_the_largest_size_is_accepted() -> None:
    assert set(check(train=pair(inline(90))).counts) == {"DATA-INLINE-DATA"}


def test_places_of_files_are_exact() -> None:
    files = turn("user", "a", IMAGE, named("gs://b/1", "image/jpg"), IMAGE)
    report = check(train=pair() + example(files, turn("model", inline(91))))
    assert [(one.code, one.line, one.json_path) for one in report.findings if "MEDIA" in one.code] == [
        ("DATA-MEDIA-COUNT", 2, "contents[0].parts[3].fileData"),
        ("DATA-MEDIA-SIZE", 2, "contents[1].parts[0].inlineData"),
        ("DATA-MEDIA-TYPE", 2, "contents[0].parts[2].fileData.mimeType"),
    ]


def test_places_are_exact() -> None:
    broken = example(turn("user", "a"), turn("model", "b", ""), turn("user", "c"), turn("model", IMAGE | {"text": "d"}))
    report = check(train=pair() + broken)
    assert [(one.code, one.line, one.json_path) for one in report.findings] == [
        ("DATA-EMPTY-TEXT", 2, "contents[1].parts[1].text"),
        ("DATA-PART", 2, "contents[3].parts[0]"),
    ]


def test_repetition_and_leaks_name_the_other_line() -> None:
    report = check(train=pair("a") + pair("b") + pair("a"), test=pairs(0, 2) + pair("A"))
    messages = {finding.code: (finding.split, finding.line, finding.message) for finding in report.findings}
    assert messages["DATA-DUPLICATE"] == ("train", 3, "the same example as line 1")
    assert messages["DATA-LEAK-TEST"][:2] == ("test", 3)
    assert messages["DATA-LEAK-TEST"][2].endswith("line 1 of the train file")
