"""How many tokens a text has, estimated without a tokenizer."""

from __future__ import annotations

from collections.abc import Sequence

from components.dataset_validation.lines.media_file import MediaFile

BYTES_PER_TOKEN = 4
_TOKENS_LOW = 64
_TOKENS = 256


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


def media_tokens(files: Sequence[MediaFile], resolution: str) -> int:
    """The least that the files of an example cost.

    An image has 64 tokens at low and 256 at medium resolution, at high 256 or more, and high is the default; so has a
    frame of a video (https://docs.cloud.google.com/gemini-enterprise-agent-platform/models/tuning/image and .../video,
    for models before Gemini 3). Every file is counted as one image: how much more audio, videos and documents cost,
    only the service can tell.

    Args:
        files: The files.
        resolution: The example's `mediaResolution`, which a part's own one overrides.
    """
    low = [file for file in files if (file.resolution or resolution) == "MEDIA_RESOLUTION_LOW"]
    seen = sum(file.mime_type.lower().startswith(("image/", "video/")) for file in low) if low else 0
    return _TOKENS * (len(files) - seen) + _TOKENS_LOW * seen
