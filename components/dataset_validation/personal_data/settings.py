"""What the configuration says about personal data and secrets."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class PersonalDataSettings:
    """Whether personal data and secrets are looked for.

    Attributes:
        enabled: Whether they are looked for. The files are then read once more: on one busy core about 40 MB/s where
            nothing is found, 14 MB/s where every tenth line has something, and 2.6 MB/s where every line has.
        allowed: What is public and may stand in the examples: whole values, such as the address of the help desk or
            its telephone number, and `@domain` for all addresses of a domain. Case, spaces and hyphens do not count.
    """

    enabled: bool = False
    allowed: list[str] = field(default_factory=list)
