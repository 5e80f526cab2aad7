"""How many tokens a text has, estimated without a tokenizer."""

from __future__ import annotations

BYTES_PER_TOKEN = 4
MEDIA_TOKENS = 256
"""Tokens counted for a file part: those of one image at medium resolution, the least a default image costs
(https://docs.cloud.google.com/gemini-enterprise-agent-platform/models/tuning/image); audio, video and documents cost
more, which only the service can tell."""


def estimate_tokens(text: str) -> int:
    """The estimated number of tokens of a text: its UTF-8 bytes divided by four, rounded up.

    Google's rule of thumb is four characters a token for English
    (https://docs.cloud.google.com/gemini-enterprise-agent-platform/models/capabilities/get-token-count); counting bytes
    extends it to scripts whose characters take two or three bytes and more tokens. Expect the truth within 30 % for
    prose; long runs of digits or rare symbols can have up to four times as many tokens as estimated.
    """
    size = len(text) if text.isascii() else len(text.encode("utf-8", "surrogatepass"))
    return tokens_of_bytes(size)


def tokens_of_bytes(size: int) -> int:
    """The estimate for a text of so many UTF-8 bytes."""
    return -(-size // BYTES_PER_TOKEN)
