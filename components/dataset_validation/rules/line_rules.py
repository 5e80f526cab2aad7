"""Rules about one line as text and as JSON."""

from __future__ import annotations

from components.dataset_validation.rules.rule import Rule

LINE_RULES = (
    Rule(
        code="DATA-BLANK-LINE",
        severity="error",
        explanation="Every line is one JSON object; what the service makes of blank lines is undocumented.",
        example="an empty line between two examples, or two line ends at the end of the file",
        remedy="delete the blank line",
    ),
    Rule(
        code="DATA-LINE-END",
        severity="warning",
        explanation="JSONL lines end in LF; what the service makes of CR LF is undocumented.",
        example="a file written on Windows in text mode",
        remedy="convert the line ends, for example with `sed -i 's/\\r$//'`",
        strict="error",
        lenient="off",
    ),
    Rule(
        code="DATA-LINE-SIZE",
        severity="error",
        explanation="A line above 32 MiB cannot be an example within the token limit.",
        example="a file whose line ends were lost",
        remedy="write one example per line",
    ),
    Rule(
        code="DATA-BOM",
        severity="error",
        explanation="JSON text must not begin with a byte order mark (RFC 8259, section 8.1).",
        example="a file saved as 'UTF-8 with BOM'",
        remedy="save the file as UTF-8 without a byte order mark",
    ),
    Rule(
        code="DATA-ENCODING",
        severity="error",
        explanation="Every line must be valid UTF-8.",
        example="a text in Latin-1 whose bytes are not UTF-8",
        remedy="convert the source to UTF-8 before writing the file",
    ),
    Rule(
        code="DATA-JSON",
        severity="error",
        explanation="Every line must be one complete JSON value as in RFC 8259: no NaN, comments or trailing commas.",
        example='{"contents": [ ... ],}',
        remedy="write the line with a JSON library",
    ),
    Rule(
        code="DATA-DUPLICATE-KEY",
        severity="error",
        explanation="A key that occurs twice in an object hides one of its values without a word.",
        example='{"role": "user", "role": "model", "parts": ... }',
        remedy="keep one of the two values",
    ),
    Rule(
        code="DATA-SURROGATE",
        severity="error",
        explanation="A lone surrogate is half a character and cannot be stored as UTF-8.",
        example="a text that was cut in the middle of an emoji, leaving \\ud83d",
        remedy="cut texts between characters, not between UTF-16 units",
    ),
    Rule(
        code="DATA-CONTROL-CHAR",
        severity="warning",
        explanation="Control characters other than tab and line ends are usually remains of a conversion.",
        example="a text with U+0000 or U+0085",
        remedy="remove the control characters from the source texts",
    ),
    Rule(
        code="DATA-REPLACEMENT-CHAR",
        severity="warning",
        explanation="U+FFFD stands where a character was lost in an earlier conversion.",
        example="caf\ufffd instead of caf\u00e9",
        remedy="read the source again in its right encoding",
        strict="error",
    ),
    Rule(
        code="DATA-INVISIBLE-CHAR",
        severity="warning",
        explanation="Zero-width and text-direction characters are invisible to reviewers but not to the model.",
        example="a text with U+200B or U+202E",
        remedy="remove the invisible characters unless the language needs them",
        lenient="off",
    ),
)
