"""The first minute: logs -> a proposed book, written, and what to do with it."""

from __future__ import annotations

import os
import shlex
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from kakeibo import clock
from kakeibo.app import first_book, logs, proposing
from kakeibo.app.progress import Advance
from kakeibo.app.progress import bar as progress_bar
from kakeibo.app.proposing import Findings
from kakeibo.errors import UsageError
from kakeibo.i18n import language, t

_USUAL_NAME: Final = "kakeibo.yaml"


@dataclass(frozen=True, slots=True)
class Proposal:
    """A book that is not written yet: its text, and what it was made from."""

    text: str
    found: tuple[Findings, ...]
    zone: str


def refuse_to_overwrite(book: Path, *, force: bool, mend: str = "") -> None:
    """Raises UsageError when there is a book already, or no folder for it."""
    if book.exists() and not force:
        raise UsageError(
            t("there is a book already: {book}", book=book),
            mend or t("give another place with --book, replace it with --force, or look at the proposal with --stdout"),
        )
    if not book.parent.is_dir():
        raise UsageError(t("there is no folder {folder} for the book", folder=book.parent), t("create it first"))


def propose(given: Sequence[Path], book: Path, *, bar: bool) -> Proposal:
    """Look at the logs and propose a book that will stand at `book`. Raises SourceError for what is no usable log."""
    zone = _zone()
    sources = logs.gather(given, book.parent, zone)
    shares = proposing.share_out(len(sources))
    taken: set[str] = set()
    found = []
    for log, objectives in zip(sources, shares, strict=True):
        total = sum(path.stat().st_size for path in log.files)
        with progress_bar(first_book.name_of(log), bar) as advance:
            found.append(proposing.look(log, objectives, taken, partial(_advance, advance, total)))
    return Proposal(first_book.render(found, zone), tuple(found), zone)


def _advance(advance: Advance, total: int, more: int) -> None:
    advance(more, total)


def _zone() -> str:
    """The organisation's zone, to begin with: the machine's; where that is UTC, a reader of Japanese is in Japan."""
    here = clock.zone_here()
    return "Asia/Tokyo" if language() == "ja" and here == "UTC" else here


def write(proposal: Proposal, book: Path) -> None:
    """Write the book, whole or not at all."""
    write_text(proposal.text, book)


def write_text(text: str, book: Path) -> None:
    """Write the text of a book, whole or not at all."""
    with tempfile.NamedTemporaryFile("w", dir=book.parent, suffix=".yaml~", delete=False, encoding="utf-8") as file:
        file.write(text)
    os.chmod(file.name, 0o644)  # noqa: PTH101
    os.replace(file.name, book)  # noqa: PTH105


def in_words(proposal: Proposal, book: Path) -> str:
    """What was seen, what was written, and what comes next."""
    journeys = sum(len(findings.journeys) for findings in proposal.found)
    objectives = sum(len(journey.objectives) for findings in proposal.found for journey in findings.journeys)
    lines = [first_book.seen(findings, proposal.zone) for findings in proposal.found]
    lines += [
        t("{file}: the file is damaged, only its beginning was read", file=first_book.name_of(findings.log))
        for findings in proposal.found
        if findings.damaged
    ]
    lines.append(
        t("{book}: {journeys} journeys, {objectives} objectives with provisional targets", book=book, journeys=journeys,
          objectives=objectives)
    )  # fmt: skip
    where = "" if str(book) == _USUAL_NAME else f" --book {shlex.quote(str(book))}"
    lines.append(t("next, look it over and run:"))
    lines += [f"  kakeibo {command}{where}" for command in ("check", "ingest", "report --at latest")]
    return "\n".join(lines)
