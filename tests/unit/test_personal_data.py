"""Personal data and secrets are found, what only looks like them is not, and nothing of them is ever shown."""

from __future__ import annotations

import io
import itertools
import json
import re
import time
from functools import partial
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console

from components.base_models.facts import Limits
from components.dataset_validation.findings.report import DatasetReport
from components.dataset_validation.findings.terminal import render
from components.dataset_validation.lines.data_file import DataFile
from components.dataset_validation.near_duplicates.settings import NearDuplicateSettings
from components.dataset_validation.personal_data import checksums
from components.dataset_validation.personal_data.accounts import _IBAN_LENGTHS
from components.dataset_validation.personal_data.finder import PATTERNS, find, mask
from components.dataset_validation.personal_data.line_filter import may_hold
from components.dataset_validation.personal_data.settings import PersonalDataSettings
from components.dataset_validation.reports.examples import side_by_side
from components.dataset_validation.reports.html import render_html
from components.dataset_validation.reports.markdown import render_markdown
from components.dataset_validation.reports.sarif import to_sarif
from components.dataset_validation.settings import ValidationSettings
from components.dataset_validation.validator import validate_dataset
from tests.unit.test_dataset_validation_rules import LIMITS

# Written in pieces, so that scanners of repositories do not take them for keys.
RANDOM = "aB3dE6gH9jK2mN5pQ8sT1vW4xY7zC0fRuL"
HEX = "9f8e7d6c5b4a39281706f5e4d3c2b1a0"
PEM = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj"
HEADER, PAYLOAD = "eyJhbGciOiJSUzI1NiIsImtpZCI6IjcifQ", "eyJzdWIiOiJib2IiLCJyb2xlIjoiYWRtaW4ifQ"

PERSONAL = {
    "an e-mail address": ["bob.miller@acme.io", "o'neil_7@mail.acme.co.uk", "ana@firma.museum"],
    "a telephone number": [
        *("+49 170 2345678", "+33 6 12 39 57 48", "+1 (415) 234-8761", "+442079471234", "(415) 234-8761"),
        *("Tel.: 030 9018205", '"phone_number": "0171 2834567"', "my mobile number is 0171/2834567", "fax: 6502538000"),
    ],
    "a bank account (IBAN)": ["DE75512108001245126199", "GB35 BUKB 2020 1555 9876 54", "NO83 3000 1234 567"],
    "a payment card number": ["4539 1488 0343 6467", "4539148803436467", "3782-822463-10013", "2221000000000009"],
    "an IP address": ["93.184.216.34", "2606:2800:220:1:248:1893:25c8:1946", "2a00:1450:4001:81b::200e"],
    "an identity number": [
        *("11010519491231002X", "529.982.247-25", "CPF 52998224725", "DNI: 12345678Z", "PESEL 44051401359"),
        *("codice fiscale RSSMRA85T10A562S", "BSN 111222333", "Steuer-ID 86095742719", "Aadhaar 2341 2341 2346"),
        *("SSN 536-22-8721", "NIR 2 55 08 14 168 025 38"),
    ],
    "a date of birth": ["DOB: 1984-03-12", "date of birth is March 12, 1984", '"geburtsdatum": "12.03.1984"'],
}
SECRETS = {
    "a private key": [f"-----BEGIN RSA PRIVATE {'KEY'}-----\n{PEM}\n-----END RSA PRIVATE KEY-----"],
    "a JSON web token": [f"{HEADER}.{PAYLOAD}.{RANDOM}"],
    "a Google API key": ["AI" + f"zaSy{RANDOM[:33]}"],
    "a Google OAuth client secret": ["GOC" + f"SPX-{RANDOM[:28]}"],
    "a Google access token": ["ya" + f"29.{RANDOM}"],
    "an AWS access key": ["AK" + "IAQX5V7ZL2MW4TRB3K"],
    "a GitHub token": ["gh" + f"p_{RANDOM}9Z", "github" + f"_pat_{RANDOM[:22]}_{RANDOM}{RANDOM[:25]}"],
    "a GitLab token": ["gl" + f"pat-{RANDOM[:20]}"],
    "a Slack token": ["xo" + f"xb-7283648201-{RANDOM}", "xa" + f"pp-1-A07QX5V7ZL2-7283648201-{HEX}"],
    "a Slack webhook": ["hooks.sla" + f"ck.com/services/T07QX5V7/B07QX5V8/{RANDOM[:24]}"],
    "a Stripe key": ["sk_" + f"live_{RANDOM[:24]}"],
    "a Stripe webhook secret": ["wh" + f"sec_{RANDOM[:32]}"],
    "an Anthropic key": ["sk-" + f"ant-api03-{RANDOM}"],
    "a Hugging Face token": ["h" + "f_qWeRtYuIoPaSdFgHjKlZxCvBnMqAzWsXeD"],
    "an npm token": ["np" + f"m_{RANDOM}9Z"],
    "a PyPI token": ["py" + f"pi-AgEIcHlwaS5vcmc{RANDOM}{RANDOM}"],
    "a SendGrid key": ["S" + f"G.{RANDOM[:22]}.{RANDOM}{RANDOM[:9]}"],
    "a DigitalOcean token": ["do" + f"p_v1_{HEX}{HEX}"],
    "a Shopify token": ["shp" + f"at_{HEX}"],
    "a Telegram bot token": ["728364820:A" + f"A{RANDOM[:33]}"],
    "an Azure storage key": [f"AccountKey={RANDOM}{RANDOM}{RANDOM[:18]}=="],
    "an OpenAI key": ["sk-" + f"proj-{RANDOM}"],
    "the key of a service account": [f'"private_key_id": "{HEX}b1a2c3d4"'],
    "a password in an address": ["postgres://app:S3cr3tPw9@db.acme.io/orders"],
    "a bearer token": [f"Authorization: Bearer {RANDOM}"],
    "a password or key": [
        *("password = Tr0ub4dor&3x", '{"db_password": "gR8#kkQp2"}', f"AWS_SECRET_ACCESS_KEY={RANDOM}/+"),
        *(f"api key: {RANDOM}", "the passwort is Xk9!mmQ2z", "password: Winter2024", "contrase\u00f1a: Xk9!mmQ2z"),
    ],
}
EVERY = [(kind, text) for kinds in (PERSONAL, SECRETS) for kind, texts in kinds.items() for text in texts]


@pytest.mark.parametrize(("kind", "text"), EVERY)
def test_it_is_found_alone_and_inside_a_sentence(kind: str, text: str) -> None:
    for whole in (
        text,
        f"Hello, {text} is what I have.",
        f"({text})",
        f"1\n{text}\n2",
        json.dumps({"a": f"\n{text}"}, ensure_ascii=False),
    ):
        assert [match.pattern.kind for match in find(whole)] == [kind], whole


def test_every_kind_is_tested() -> None:
    assert PERSONAL.keys() | SECRETS.keys() == {pattern.kind for pattern in PATTERNS}


NOT_FOUND = [
    *("bob@example.com", "bob@mail.example.org", "bob@acme.test", "support@acme.io", "noreply@acme.io", "icon@2x.png"),
    *("lodash@4.17.21", "@decorator", "a @ b.com", "git@github.com:acme/repo.git"),
    *("+1 212 555 0142", "(415) 555-2671", "phone: 555-0142", "+44 20 7946 0958", "+49 30 23125 123", "+1234567890"),
    *("+1 000 000 0000", "order 4915123456789", "iPhone: 15 2834567", "tel: 2024-01-31", "+49 12", "2024 2025 2026"),
    *("DE89 3704 0044 0532 0130 00", "DE75512108001245126198", "DE7551210800124512619", "XX75512108001245126199"),
    *("4111 1111 1111 1111", "4242424242424242", "4539 1488 0343 6468", "14539148803436467", "9999999999999995"),
    *("192.168.1.200", "203.0.113.7", "198.51.100.23", "10.0.0.255", "1.2.3.4", "v120.1.2.3", "2001:db8::8a2e:370"),
    *("1.2.300.4", "8.8.8.8", "12:30:45", "std::vector", "11010519491231002A", "529.982.247-26", "DNI: 12345678A"),
    *("SSN 123-45-6789", "SSN 000-12-3456", "536-22-8721", "codice fiscale RSSMRA85T10A562A", "born on 12 March 1984"),
    *("date of birth: unknown", "dob", "-----BEGIN PRIVATE KEY----- your key -----END PRIVATE KEY-----"),
    *(f"{HEADER}.eyJzdWIiOiIxMjM0NTY3ODkwIiwibmFtZSI6IkpvaG4gRG9lIn0.{RANDOM}", "AKIAIOSFODNN7EXAMPLE"),
    *(
        "sk-learn-compatible-estimators-for-time-series",
        "password: ********",
        "password = your_password_1A",
        "token: None",
    ),
    *("password: must have 8 characters, 1 digit", "token = os.environ['TOKEN_1']", "password={{PASSWORD_1a}}"),
    *(
        "Bearer token authentication is required here",
        "postgres://user:password@db.acme.io/x",
        "x://a:Xy12ab@localhost",
    ),
    *("token = base64.b64decode(x)", "secret: V1SecretProjection", "page_token=pager_1.next_page_token", "224.0.0.251"),
    *("secret: https://acme.io/Path1", "", "\\", "plain words"),
]


@pytest.mark.parametrize("text", NOT_FOUND)
def test_what_only_looks_like_it_is_no_finding(text: str) -> None:
    assert [match.pattern.kind for match in find(text)] == []


def turns(prompt: Any, answer: Any = "yes", **more: Any) -> bytes:
    parts = [{"text": one} if isinstance(one, str) else one for one in (prompt, answer)]
    contents = [{"role": role, "parts": [part]} for role, part in zip(("user", "model"), parts, strict=True)]
    return json.dumps({"contents": contents, **more}, ensure_ascii=False).encode() + b"\n"


def check(data: bytes, limits: Limits = LIMITS, **asked: Any) -> tuple[DatasetReport, dict[str, list[DataFile]]]:
    files = {"train": [DataFile("train.jsonl", partial(io.BytesIO, data))]}
    wanted = ValidationSettings(personal_data=PersonalDataSettings(enabled=True, **asked), min_train_examples=0)
    return validate_dataset(files, wanted, limits), files


def test_places_are_exact() -> None:
    call = {"functionCall": {"name": "f", "args": {"to": ["x", "bob@acme.io"], "dob": "1984-03-12", "a@acme.io": {}}}}
    system = {"parts": [{"text": "ask bob@acme.io"}]}
    report, _ = check(turns("x") + turns("tel: 0171 2834567 or a@acme.io", call, systemInstruction=system))
    assert [(one.code, one.line, one.json_path, one.message) for one in report.findings] == [
        ("DATA-PERSONAL", 2, "contents[0].parts[0].text", "a telephone number at character 6"),
        ("DATA-PERSONAL", 2, "contents[0].parts[0].text", "an e-mail address at character 22"),
        (
            "DATA-PERSONAL",
            2,
            "contents[1].parts[0].functionCall.args.[an e-mail address]",
            "an e-mail address in the key",
        ),
        ("DATA-PERSONAL", 2, "contents[1].parts[0].functionCall.args.dob", "a date of birth at character 1"),
        ("DATA-PERSONAL", 2, "contents[1].parts[0].functionCall.args.to[1]", "an e-mail address at character 1"),
        ("DATA-PERSONAL", 2, "systemInstruction.parts[0].text", "an e-mail address at character 5"),
    ]


def test_responses_and_declarations_are_searched() -> None:
    contents = [
        {"role": "user", "parts": [{"text": "a"}]},
        {"role": "model", "parts": [{"functionCall": {"name": "f", "args": {}}}]},
        {"parts": [{"functionResponse": {"name": "f", "response": {"card": 4539148803436467}}}]},
        {"role": "model", "parts": [{"text": "b"}]},
    ]
    tools = [{"functionDeclarations": [{"name": "f", "description": "written by bob@acme.io"}]}]
    report, _ = check(json.dumps({"contents": contents, "tools": tools}).encode())
    assert {one.json_path for one in report.findings} == {
        "contents[2].parts[0].functionResponse.response.card",
        "tools[0].functionDeclarations[0].description",
    }


def test_what_is_public_is_allowed() -> None:
    data = turns("mail Help@acme.io or bob@firma.de or call +49 170 234-5678 or +49 170 2345679")
    report, _ = check(data, allowed=["@firma.de", "help@ACME.io", "+49 1702345678"])
    assert [one.message for one in report.findings] == ["a telephone number at character 63"]


def test_it_is_off_unless_asked_for() -> None:
    files = {"train": [DataFile("train.jsonl", partial(io.BytesIO, turns("bob@acme.io")))]}
    assert validate_dataset(files, ValidationSettings(min_train_examples=0), LIMITS).counts == {}


def test_every_finding_is_counted_and_twenty_are_listed() -> None:
    report, _ = check(b"".join(turns(f"{number} bob@acme.io and ann@acme.io") for number in range(30)))
    assert (report.counts["DATA-PERSONAL"], len(report.findings)) == (60, 20)


def test_files_that_cannot_be_read_are_left_out() -> None:
    def missing() -> io.BytesIO:
        raise FileNotFoundError(2, "No such file or directory")

    files = {"train": [DataFile("a", missing), DataFile("b", partial(io.BytesIO, turns("bob@acme.io")))]}
    wanted = ValidationSettings(
        personal_data=PersonalDataSettings(enabled=True),
        near_duplicates=NearDuplicateSettings(enabled=True),
        min_train_examples=0,
    )
    counts = validate_dataset(files, wanted, LIMITS).counts
    assert counts == {"DATA-FILE-MISSING": 1, "DATA-PERSONAL": 1}


PLANTED = [text for _, text in EVERY]
RUNS = re.compile(r"[A-Za-z]{5,}|\d{4,}")


def pages(report: DatasetReport, files: dict[str, list[DataFile]]) -> str:
    console = Console(width=200, file=io.StringIO(), highlight=False)
    render(report, console)
    html = render_html(report, title="t", pairs=side_by_side(report.findings, files))
    machines = report.to_json().decode() + json.dumps(to_sarif(report))
    return "\n".join((console.file.getvalue(), machines, html, render_markdown(report)))  # type: ignore[attr-defined]


@pytest.mark.parametrize("planted", PLANTED)
def test_nothing_of_a_value_is_shown_anywhere(planted: str) -> None:
    """Not in findings of other rules either: labels, keys, roles, texts side by side."""
    call = {"functionCall": {"name": "f", "args": {"note": f"x\n{planted}", planted: 1}}}
    tools = [{"functionDeclarations": [{"name": "f", "parameters": {"type": "OBJECT", "properties": {}}}]}]
    data = b"".join(
        (
            *(turns(f"question {number}", planted) for number in range(32)),
            turns("again", f"{planted}. "),
            turns(planted, "a") + turns(planted, "b"),
            turns("call", call, tools=tools) + turns("call", call | {"text": "x"}, tools=tools),
            turns("call", call, tools=tools) * 2,
            json.dumps({"contents": [{"role": planted, "parts": [{planted: 1}]}]}).encode() + b"\n",
        )
    )
    report, files = check(data)
    shown = pages(report, files)
    assert {"DATA-CONFLICT", "DATA-ROLE", "DATA-FUNCTION-ARGS"} <= report.counts.keys()
    assert "DATA-LABEL-SPELLING" in report.counts or planted.startswith("{"), "fields of objects have no spellings"
    assert "Side by side" in shown
    empty, no_files = check(b"".join(turns(f"question {number}", str(number % 3)) for number in range(40)))
    usual = pages(empty, no_files)
    hidden = [planted[match.start : match.stop] for match in find(planted)]
    runs = [run for value in hidden for run in RUNS.findall(value)]
    assert [run for run in runs if run in shown and run not in usual] == []


@settings(max_examples=300, deadline=None)
@given(st.lists(st.one_of(st.sampled_from(PLANTED), st.text(max_size=8)), max_size=5), st.booleans())
def test_the_line_filter_lets_nothing_pass(pieces: list[str], to_ascii: bool) -> None:
    text = " ".join(pieces)
    line = json.dumps({"contents": [{"parts": [{"text": text}]}]}, ensure_ascii=to_ascii)
    if find(text):
        encoded = line.encode("utf-8", "surrogatepass")
        assert may_hold([encoded, encoded.replace(b"/", b"\\/"), encoded.replace(b"a", b"\\u0061")]) == [True] * 3


def test_the_line_filter_spares_what_has_nothing() -> None:
    lines = ["I forgot the password and the token of my card", "4 of 5 items, 123456", "order 17"]
    assert may_hold([turns(text) for text in lines]) == [False] * 3


@given(st.lists(st.one_of(st.sampled_from(PLANTED), st.text(max_size=30)), max_size=6))
def test_masked_texts_have_nothing_left(pieces: list[str]) -> None:
    text = " , ".join(pieces)
    places = find(text)
    masked = mask(text)
    assert all(first.stop <= second.start for first, second in itertools.pairwise(places))
    assert all(
        RUNS.findall(text[one.start : one.stop]) == [] or text[one.start : one.stop] not in masked for one in places
    )
    assert len(find(masked)) == 0


HOSTILE = [
    *("@", "a@", "a.a@a.a", "x.y@a-.", "1", "1 ", "+1", "+1 ", "1.", "1.1.1.1", "(415) ", "4111 ", "2001:", "'"),
    *("eyJ", "eyJabcdefghij.", "sk-", "AIza", "SG.", "ghp_", "1234567:AA", "password=", "password ", "token is "),
    *("://", "a://b:", "bearer ", "bearer a", "phone: ", "phone", "tel. ", "dob ", "SSN ", "CPF", "DE12", "DE12 "),
    *("-----BEGIN PRIVATE KEY-----", "-----END ", "\\n", " ", "-", "\\u00", "private_key_id", "date of birth "),
]


@pytest.mark.parametrize("piece", HOSTILE)
def test_hostile_texts_take_time_in_proportion(piece: str) -> None:
    """An expression that goes wrong takes minutes for such a text, not tenths of a second."""
    text = piece * (60_000 // len(piece)) + " @ private key phone ssn cpf 12345678 !"
    begin = time.process_time()
    mask(text)
    assert time.process_time() - begin < 5


DIGITS = st.text("0123456789", min_size=1, max_size=30)


@given(DIGITS)
def test_luhn_has_one_check_digit_and_sees_every_wrong_digit(payload: str) -> None:
    (check_digit,) = [digit for digit in "0123456789" if checksums.luhn(payload + digit)]
    wrong = str((int(payload[0]) + 1) % 10) + payload[1:] + check_digit
    assert not checksums.luhn(wrong)


@given(st.sampled_from(sorted(_IBAN_LENGTHS)), st.data())
def test_ibans_of_every_country_are_found_and_not_when_changed(country: str, data: st.DataObject) -> None:
    length = _IBAN_LENGTHS[country] - 4
    account = data.draw(st.text("0123456789", min_size=length, max_size=length))
    rest = int("".join(str(int(char, 36)) for char in f"{account}{country}00")) % 97
    iban = f"{country}{98 - rest:02}{account}"
    assert checksums.mod_97(iban)
    place = data.draw(st.integers(4, len(iban) - 1))
    changed = iban[:place] + str((int(iban[place]) + 1) % 10) + iban[place + 1 :]
    assert not checksums.mod_97(changed)


@pytest.mark.parametrize(
    ("accepts", "number"),
    [
        (checksums.brazil, "52998224725"),
        (checksums.poland, "44051401359"),
        (checksums.france, "255081416802538"),
        (checksums.netherlands, "111222333"),
        (checksums.germany, "86095742719"),
        (checksums.india, "234123412346"),
        (checksums.china, "110105194912310021"[:17] + "X"),
    ],
)
def test_a_changed_digit_is_no_identity_number(accepts: Any, number: str) -> None:
    assert accepts(number)
    for place in range(len(number) - 1):
        assert not accepts(number[:place] + str((int(number[place]) + 1) % 10) + number[place + 1 :])
