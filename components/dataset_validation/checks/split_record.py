"""What is kept of one split while it is streamed: hashes, sizes and counts, never the texts."""

from __future__ import annotations

import unicodedata
from array import array

from xxhash import xxh3_64_intdigest

from components.dataset_validation.checks.answer_tally import AnswerTally
from components.dataset_validation.lines.reading import Reading
from components.dataset_validation.lines.tokens import MEDIA_TOKENS, tokens_of_bytes

_LOWER = bytes(range(256)).lower()
_WHITESPACE = b" \t\n\r\x0b\x0c\x1c\x1d\x1e\x1f"


class SplitRecord:
    """The valid examples of one split, one entry per example in every array.

    Attributes:
        lines: Line numbers.
        prompts: Hash of the normalised prompt: case, spacing and the system instruction do not count.
        contexts: Hash of prompt and system instruction as they are.
        answers: Hash of the answer.
        tokens: Estimated tokens of the example.
        prompt_chars: Characters of the prompt.
        answer_chars: Characters of the answer.
        systems: Hashes of the distinct system instructions.
        media_files: Number of parts that refer to a file.
        resolutions: First line of each `mediaResolution`; the empty one only where an example has a file.
        tally: Counts of the answers.
    """

    def __init__(self) -> None:
        self.lines = array("I")
        self.prompts = array("Q")
        self.contexts = array("Q")
        self.answers = array("Q")
        self.tokens = array("I")
        self.prompt_chars = array("I")
        self.answer_chars = array("I")
        self.systems: set[int] = set()
        self.media_files = 0
        self.resolutions: dict[str, int] = {}
        self.tally = AnswerTally()
        self._system = ""
        self._system_bytes = 0
        self._system_hash = xxh3_64_intdigest(b"")

    def add(self, number: int, reading: Reading) -> None:
        """Keep what later checks need of the example at a line."""
        if reading.system != self._system:
            system = reading.system.encode()
            self._system, self._system_bytes, self._system_hash = reading.system, len(system), xxh3_64_intdigest(system)
        self.systems.add(self._system_hash)
        prompt, answer = reading.prompt.encode(), reading.answer.encode()
        self.lines.append(number)
        self.prompts.append(xxh3_64_intdigest(normalised(reading.prompt, prompt)))
        self.contexts.append(xxh3_64_intdigest(prompt, seed=self._system_hash))
        self.answers.append(xxh3_64_intdigest(answer))
        media_tokens = MEDIA_TOKENS * reading.media_files
        self.tokens.append(tokens_of_bytes(self._system_bytes + len(prompt) + len(answer)) + media_tokens)
        self.prompt_chars.append(len(reading.prompt))
        self.answer_chars.append(len(reading.answer))
        self.tally.add(number, reading.answer)
        self.media_files += reading.media_files
        if reading.media_files or reading.media_resolution:
            self.resolutions.setdefault(reading.media_resolution, number)

    def __len__(self) -> int:
        """Number of examples."""
        return len(self.lines)


def normalised(text: str, encoded: bytes) -> bytes:
    """The text without case, white space and compatibility forms, as bytes.

    Args:
        text: The text.
        encoded: The same as UTF-8, which for ASCII is all that is needed.
    """
    if text.isascii():
        return encoded.translate(_LOWER, _WHITESPACE)
    # NFKC turns the wide and unbreakable spaces into the plain one.
    return unicodedata.normalize("NFKC", text).casefold().encode().translate(None, _WHITESPACE)
