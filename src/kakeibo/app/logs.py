"""The logs given to `kakeibo init` -> sources of a book: what each is, its name, a path that finds its rotations."""

from __future__ import annotations

import glob
import os
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from kakeibo.errors import SourceError
from kakeibo.i18n import t
from kakeibo.model import Source
from kakeibo.sources import files
from kakeibo.sources.sniffing import Sniffed, sniff

_DATE: Final = re.compile(r"[-._]?(19|20)\d\d[-_]?[01]\d[-_]?[0-3]\d([-_T.]?\d\d[-_]?\d\d([-_]?\d\d)?)?(?!\d)")
_USUAL_NAMES: Final = {"nginx": "web", "nginx-json": "web", "alb": "web", "sidekiq": "jobs"}
_LOOKED_AT: Final = 20


@dataclass(frozen=True, slots=True)
class Log:
    """One source of the book to be: `files` as given, `paths` as the book writes them (they find rotated files, too).

    `timezone` is set when the times of the log have no zone of their own.
    """

    name: str
    paths: tuple[str, ...]
    files: tuple[Path, ...]
    sniffed: Sniffed
    timezone: str | None


def gather(given: Iterable[Path], base: Path, zone: str) -> list[Log]:
    """Logs of one kind that one pattern finds become one source. `base`: the folder of the book.

    Raises SourceError for the first file that is no log.
    """
    found: dict[tuple[str, str], list[tuple[Path, Sniffed]]] = {}
    for path in dict.fromkeys(path.absolute() for path in given):
        _refuse_unsayable(path)
        sniffed = sniff(path)
        found.setdefault((sniffed.kind, _pattern(path, base)), []).append((path, sniffed))
    logs: list[Log] = []
    for (kind, pattern), members in found.items():
        paths = tuple(path for path, _ in members)
        fits = _finds_only(pattern, base, paths, kind)
        logs.append(
            Log(
                name=_name(kind, paths[0], {log.name for log in logs}),
                paths=(pattern,) if fits else tuple(_written(path, base) for path in paths),
                files=tuple(sorted(paths, key=lambda path: path.stat().st_mtime_ns)),
                sniffed=members[0][1],
                timezone=zone if any(sniffed.zoneless for _, sniffed in members) else None,
            )
        )
    return logs


def _refuse_unsayable(path: Path) -> None:
    try:
        str(path).encode()
    except UnicodeEncodeError:
        shown = os.fsencode(path).decode("utf-8", "replace")
        raise SourceError(t("the name of {path} is not in UTF-8", path=shown), t("rename the file")) from None


# -- paths ----------------------------------------------------------------------------------------------------------


def _pattern(path: Path, base: Path) -> str:
    """The path with what logrotate and the like add to a name left open."""
    name = re.sub(r"\.(gz|zst)$", "", path.name)
    name = re.sub(r"\.\d{1,4}$", "", name)
    parts = _DATE.split(name)[:: _DATE.groups + 1]
    pattern = "*".join(glob.escape(part) for part in parts)
    open_ended = pattern.endswith(("*", ".parquet"))
    folder = glob.escape(_written(path.parent, base, ""))
    return folder + pattern + ("" if open_ended else "*")


def _written(path: Path, base: Path, end: str | None = None) -> str:
    """A path as the book writes it: from its own folder when below it. `end` is not None for a folder."""
    whole = base.absolute()
    shown = path.relative_to(whole).as_posix() if path.is_relative_to(whole) else path.as_posix()
    if end is None:
        return glob.escape(shown)
    return "" if shown == "." else f"{shown.rstrip('/')}/"


def _finds_only(pattern: str, base: Path, given: Sequence[Path], kind: str) -> bool:
    """Are all files that the pattern finds logs of this kind (as far as we look), or still empty?"""
    found = files.find(Source("log", kind, (pattern,), base))
    others = [path for path in found if path.absolute() not in given]
    return all(path.stat().st_size == 0 or _is_of(kind, path) for path in others[:_LOOKED_AT])


def _is_of(kind: str, path: Path) -> bool:
    try:
        return sniff(path).kind == kind
    except (SourceError, OSError):
        return False


def _name(kind: str, path: Path, taken: set[str]) -> str:
    """A name for the source: by its kind, or else by the file."""
    stem = re.sub(r"[^a-z0-9]+", "-", path.name.split(".")[0].lower()).strip("-")[:40]
    name = _USUAL_NAMES.get(kind) or stem or "events"
    number = 1
    while (found := name if number == 1 else f"{name}-{number}") in taken:
        number += 1
    return found
