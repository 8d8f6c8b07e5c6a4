"""Folders that simulations write to: new, empty, or of a former one, and never anybody else's."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from kakeibo.errors import UsageError
from kakeibo.i18n import t

_MARK = ".simulated"  # what is in this folder may be replaced, also when we were interrupted


def clear(out: Path, ours: Iterable[str], folder: str) -> None:
    """Make room for a simulation whose files are `ours`, and never touch a folder that holds anything else."""
    if out.exists() and not out.is_dir():
        raise UsageError(t("{path} is a file", path=out), t("give a folder that is new or empty"))
    if out.is_dir() and any(out.iterdir()) and not (out / _MARK).is_file():
        raise UsageError(t("the folder {path} holds other files", path=out), t("give a folder that is new or empty"))
    (out / folder).mkdir(parents=True, exist_ok=True)
    (out / _MARK).touch()
    for pattern in ours:
        for former in out.glob(pattern):
            former.unlink()


@contextmanager
def writing(out: Path) -> Iterator[None]:
    """What goes wrong with the disk is a UsageError."""
    try:
        yield
    except OSError as error:
        raise UsageError(
            t("cannot write to the folder {path} ({reason})", path=out, reason=error.strerror or error),
            t("give a folder that you may write to, on a disk with room"),
        ) from error
