"""A progress bar over bytes, on a terminal only."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from pipelines.cli.output import err

SHOWN_FROM_BYTES = 8 << 20


@contextmanager
def byte_progress(total: int) -> Iterator[Callable[[int], None]]:
    """What to call with the number of bytes that are done; shows nothing for small files and off a terminal."""
    if total < SHOWN_FROM_BYTES or not err.is_terminal:
        yield lambda _: None
        return
    from rich.progress import BarColumn, DownloadColumn, Progress, TimeRemainingColumn, TransferSpeedColumn

    columns = (BarColumn(), DownloadColumn(), TransferSpeedColumn(), TimeRemainingColumn())
    # Without a thread of its own, which processes that are forked meanwhile would copy.
    with Progress(*columns, console=err, transient=True, auto_refresh=False) as bar:
        task = bar.add_task("reading", total=total)

        def done(count: int) -> None:
            bar.update(task, completed=count, refresh=True)

        yield done
