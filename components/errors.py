"""The one error type that people see: a code, a sentence, a place and a next step."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import IntEnum


class ExitCode(IntEnum):
    """Exit status of every `retune` command, documented in docs/exit_codes.md."""

    DONE = 0
    INTERNAL = 1
    CONFIGURATION = 2
    DATASET_INVALID = 3
    NOT_PROMOTED = 4
    SERVICE_FAILURE = 5


@dataclass(eq=False)
class RetuneError(Exception):
    """A failure that the reader can act on.

    Attributes:
        code: Stable identifier such as `DATA-JSON`; never reused for something else.
        message: One sentence that says what is wrong.
        next_step: One sentence that says what to do about it.
        where: The offending file and line, configuration key or resource name; empty when there is none.
        exit_code: What the command line exits with.
    """

    code: str
    message: str
    next_step: str
    where: str = ""
    exit_code: ExitCode = ExitCode.SERVICE_FAILURE

    def __str__(self) -> str:
        """The sentence with its code and place, on one line."""
        place = f" ({self.where})" if self.where else ""
        return f"{self.code}: {self.message}{place}"

    def __reduce__(self) -> tuple[type[RetuneError], tuple[object, ...]]:
        """Keep every field when the error crosses a process boundary."""
        return type(self), (self.code, self.message, self.next_step, self.where, self.exit_code)

    def to_record(self) -> dict[str, str | int]:
        """The error as the JSON object that the ledger stores and `--json` prints."""
        return {**asdict(self), "exit_code": int(self.exit_code)}

    @classmethod
    def from_record(cls, record: dict[str, str | int]) -> RetuneError:
        """The error that `to_record` wrote."""
        return cls(
            code=str(record["code"]),
            message=str(record["message"]),
            next_step=str(record["next_step"]),
            where=str(record["where"]),
            exit_code=ExitCode(int(record["exit_code"])),
        )


def dataset_error(code: str, message: str, next_step: str, where: str = "") -> RetuneError:
    """An error in the user's dataset (exit code 3)."""
    return RetuneError(code, message, next_step, where, ExitCode.DATASET_INVALID)


def configuration_error(code: str, message: str, next_step: str, where: str = "") -> RetuneError:
    """An error in the configuration or the command line (exit code 2)."""
    return RetuneError(code, message, next_step, where, ExitCode.CONFIGURATION)


def service_error(code: str, message: str, next_step: str, where: str = "") -> RetuneError:
    """A failure of a service that the run needs (exit code 5)."""
    return RetuneError(code, message, next_step, where, ExitCode.SERVICE_FAILURE)
