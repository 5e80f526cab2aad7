"""`tuningDataStats` of a tuning job, from the file that it is tuned on.

Source of the fields: `SupervisedTuningDataStats` of the service's discovery document; int64 are texts in JSON.
Token counts are estimates (see `tokens`). What the service's `totalBillableTokenCount` multiplies is not documented:
here it is the tokens of one pass over the kept examples, without the number of epochs.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from local_vertex.calls import Json
from local_vertex.learner.examples import Examples
from local_vertex.learner.tokens import content_text

_BUCKETS = 10
_SHOWN_EXAMPLES = 10
_SHOWN_CHARACTERS = 1_000
_LISTED_DROPPED = 100


def dataset_statistics(examples: Examples, steps: int) -> Json:
    """The statistics of the supervised tuning of these examples.

    Args:
        examples: The training file.
        steps: Training steps over all epochs.
    """
    inputs = [example.input_tokens for example in examples.kept]
    outputs = [example.output_tokens for example in examples.kept]
    characters = sum(
        len(example.question.instruction) + len(example.question.conversation) + len(example.answer)
        for example in examples.kept
    )
    return {
        "supervisedTuningDataStats": {
            "tuningDatasetExampleCount": str(len(examples.kept) + len(examples.dropped)),
            "totalTuningCharacterCount": str(characters),
            "totalBillableTokenCount": str(sum(inputs) + sum(outputs)),
            "tuningStepCount": str(steps),
            "userInputTokenDistribution": _distribution(inputs),
            "userOutputTokenDistribution": _distribution(outputs),
            "userMessagePerExampleDistribution": _distribution([example.messages for example in examples.kept]),
            "userDatasetExamples": [
                {"role": "user", "parts": [{"text": content_text(example.contents[0])[:_SHOWN_CHARACTERS]}]}
                for example in examples.kept[:_SHOWN_EXAMPLES]
            ],
            "totalTruncatedExampleCount": str(len(examples.dropped)),
            "truncatedExampleIndices": [str(number) for number in examples.dropped[:_LISTED_DROPPED]],
            "droppedExampleReasons": examples.reasons[:_LISTED_DROPPED],
        }
    }


def _distribution(values: Sequence[int]) -> Json:
    numbers = np.array(values)
    counts, edges = np.histogram(numbers, bins=_BUCKETS)
    return {
        "sum": str(numbers.sum()),
        "billableSum": str(numbers.sum()),
        "min": float(numbers.min()),
        "max": float(numbers.max()),
        "mean": float(numbers.mean()),
        "median": float(np.median(numbers)),
        "p5": float(np.percentile(numbers, 5)),
        "p95": float(np.percentile(numbers, 95)),
        "buckets": [
            {"count": float(count), "left": float(left), "right": float(right)}
            for count, left, right in zip(counts, edges[:-1], edges[1:], strict=True)
        ],
    }
