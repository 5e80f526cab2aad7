"""Rules about sizes, repetition, leakage and answers, which need more than one line."""

from __future__ import annotations

from components.dataset_validation.rules.rule import Rule

_LIMITS = (
    Rule(
        code="DATA-TOKENS",
        severity="error",
        explanation="The service drops an example above the token limit, and fails the job above 10 % dropped.",
        example="a transcript of 600,000 characters",
        remedy="shorten the example or split it",
    ),
    Rule(
        code="DATA-TOKENS-NEAR",
        severity="warning",
        explanation="The token count is an estimate; an example this close to the limit may be dropped.",
        example="an example estimated at 90 % of the limit",
        remedy="shorten the example, or count its tokens with the service",
        strict="error",
    ),
    Rule(
        code="DATA-EXAMPLES-MAX",
        severity="error",
        explanation="The service refuses more training examples than its limit for text or multimodal data.",
        example="400,000 examples with images where 300,000 are allowed",
        remedy="use fewer training examples",
    ),
    Rule(
        code="DATA-EXAMPLES-MAX-OLD",
        severity="warning",
        explanation="An older documentation page gives a lower limit of training examples.",
        example="2,000,000 text examples",
        remedy="nothing if the job is accepted; otherwise use fewer training examples",
        lenient="off",
    ),
    Rule(
        code="DATA-VALIDATION-MAX",
        severity="error",
        explanation="More than 1,000 validation examples may be at most 30 % of the number of training examples.",
        example="2,000 validation examples beside 4,000 training examples",
        remedy="move validation examples to the training or the test file",
    ),
    Rule(
        code="DATA-VALIDATION-MAX-OLD",
        severity="warning",
        explanation="Other documentation pages give lower limits of validation examples.",
        example="300 validation examples where the API reference says 256",
        remedy="nothing if the job is accepted; otherwise use fewer validation examples",
        lenient="off",
    ),
    Rule(
        code="DATA-TOO-FEW",
        severity="warning",
        explanation="Too few examples teach little, and a small test set cannot show a difference.",
        example="20 training examples",
        remedy="collect more examples",
        lenient="off",
    ),
    Rule(
        code="DATA-MEDIA-RESOLUTION-MIXED",
        severity="error",
        explanation="All lines of all files must have the same mediaResolution.",
        example="LOW in the training file, nothing in the validation file",
        remedy="write the same generationConfig.mediaResolution on every line",
    ),
)

_REPETITION = (
    Rule(
        code="DATA-DUPLICATE",
        severity="warning",
        explanation="An example that occurs twice in a file counts twice and is paid twice.",
        example="the same line at two places",
        remedy="keep one of them, unless the weight is meant",
        strict="error",
    ),
    Rule(
        code="DATA-CONFLICT",
        severity="warning",
        explanation="The same prompt with different answers in one file teaches a coin toss.",
        example="one question with two labels",
        remedy="decide which answer is right",
        strict="error",
    ),
    Rule(
        code="DATA-LEAK-TEST",
        severity="warning",
        explanation="A test prompt that is also given to the tuning job measures memory, not skill.",
        example="a test question that differs from a training question in case only",
        remedy="remove the example from the training and validation files or from the test file",
        strict="error",
    ),
    Rule(
        code="DATA-LEAK-TEST-SHARE",
        severity="error",
        explanation="With more than the configured share of leaked test prompts no evaluation is worth its name.",
        example="5 % of the test prompts are in the training file, 1 % is allowed",
        remedy="split the data anew so that equal prompts stay in one file",
    ),
    Rule(
        code="DATA-LEAK-VALIDATION",
        severity="warning",
        explanation="A validation prompt that is also in the training file makes the validation loss look too good.",
        example="a validation question that is also a training question",
        remedy="remove the example from one of the two files",
        strict="error",
    ),
)

_ANSWERS = (
    Rule(
        code="DATA-ANSWER-FORMAT",
        severity="warning",
        explanation="Where nearly all answers are JSON objects with the same keys, another form is probably a mistake.",
        example="one answer in prose among 400 JSON objects",
        remedy="write the answer in the form of the others",
        strict="error",
    ),
)

DATASET_RULES = (*_LIMITS, *_REPETITION, *_ANSWERS)
