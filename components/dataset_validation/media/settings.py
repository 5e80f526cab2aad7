"""What the configuration says about the files that examples name."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class MediaSettings:
    """Whether the files at `gs://` addresses are looked up.

    Attributes:
        enabled: Whether every address is looked up: one request for metadata, with the rights of the account that
            validates.
        headers: Whether the beginnings and ends of files are read too, for lengths and pages: one or two requests more
            and up to 4 MiB for a file, a whole document.
    """

    enabled: bool = False
    headers: bool = False
