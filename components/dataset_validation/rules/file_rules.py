"""Rules about a file as a whole, before any of its lines is looked at."""

from __future__ import annotations

from components.dataset_validation.rules.rule import Rule

_UNREADABLE_RULES = (
    Rule(
        code="DATA-FILE-MISSING",
        severity="error",
        explanation="Every file that the configuration names must exist and be readable.",
        example="dataset.train names a path with a typing error",
        remedy="check the path and the access rights",
    ),
    Rule(
        code="DATA-FILE-EMPTY",
        severity="error",
        explanation="A file must contain at least one example.",
        example="a file of 0 bytes, or of white space only",
        remedy="write the examples to the file, or leave an optional file out of the configuration",
    ),
    Rule(
        code="DATA-FILE-COMPRESSED",
        severity="error",
        explanation="Tuning reads plain JSONL; compressed files are not unpacked.",
        example="train.jsonl.gz",
        remedy="unpack the file",
    ),
    Rule(
        code="DATA-FILE-BINARY",
        severity="error",
        explanation="Tuning reads UTF-8 text; Parquet, UTF-16 and other binary content is refused.",
        example="a Parquet file, or a file saved as UTF-16",
        remedy="export the data as JSONL in UTF-8",
    ),
    Rule(
        code="DATA-FILE-TABLE",
        severity="error",
        explanation="JSONL has one JSON object per line; a table with columns is another format.",
        example="a CSV export with the columns question and label",
        remedy="name it .csv or .tsv and convert it: "
        "`retune convert data.csv --prompt COLUMN --answer COLUMN --output train.jsonl`",
    ),
    Rule(
        code="DATA-FILE-ARRAY",
        severity="error",
        explanation="JSONL has one object per line; a JSON array around all examples is another format.",
        example='[{"contents": ...}, {"contents": ...}]',
        remedy="write each element of the array on a line of its own, for example with `jq -c '.[]'`",
    ),
    Rule(
        code="DATA-FILE-PRETTY",
        severity="error",
        explanation="JSONL has one object per line; an object spread over several lines is another format.",
        example="a file written with an indent",
        remedy="write each object on one line, for example with `jq -c .`",
    ),
)

_SIZE_RULE = Rule(
    code="DATA-FILE-SIZE",
    severity="error",
    explanation="The service refuses files above its size limit.",
    example="a training file of 1.2 GB where 1 GB is allowed",
    remedy="use fewer or shorter examples",
)

FILE_RULES = (*_UNREADABLE_RULES, _SIZE_RULE)

UNREADABLE = frozenset(rule.code for rule in _UNREADABLE_RULES)
"""Codes of the rules about files from which not one line can be read."""
