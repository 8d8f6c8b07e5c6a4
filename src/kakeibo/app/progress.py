"""A progress bar for long work, where somebody is looking at a terminal."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

Advance = Callable[[int, int], None]
"""advance(more, total): so much more is done, of so much."""


@contextmanager
def bar(title: str, shown: bool) -> Iterator[Advance]:
    """A bar on the error stream within the block; nothing when not `shown`."""
    if not shown:
        yield lambda _more, _total: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(title, total=None)
        yield lambda more, total: progress.update(task, advance=more, total=total)
