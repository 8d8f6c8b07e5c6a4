"""The advisor as people ask for it: book, store and files -> what our own postmortems advise."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from kakeibo import clock
from kakeibo.app import check
from kakeibo.app.sampling import sampled
from kakeibo.definitions.files import book_files, read_text
from kakeibo.definitions.marks import Marks
from kakeibo.errors import KakeiboError, UsageError
from kakeibo.i18n import t
from kakeibo.model import Book, Source
from kakeibo.practice import files
from kakeibo.practice.advice import Review, review
from kakeibo.practice.history import history
from kakeibo.practice.ignores import ignores_in
from kakeibo.practice.kinds import Material
from kakeibo.practice.lessons import lessons_of
from kakeibo.sources.kinds import asked_kinds
from kakeibo.store import Store

_LINES: Final = 2_000
"""The newest lines of each log that are looked at for the fields they have."""


def advise(
    path: Path, store: Store, at: int, *, paths: Sequence[Path] = (), everything: bool = False, strict: bool = True
) -> Review:
    """What the advisor says as of minute `at` of the book at `path`, its ledger, and the files at `paths`, or else
    those that the book names. Without `strict` what is not there is noted as unread. Raises BookError, UsageError."""
    book, marks = check.read_with_marks(path)
    found = material(book, marks, store, at, paths, strict=strict)
    today = clock.local(at, book.organisation.timezone).date()
    return review(found, lessons_of(store), today, everything=everything)


def material(book: Book, marks: Marks, store: Store, at: int, paths: Sequence[Path], *, strict: bool) -> Material:
    """All that checks look at."""
    given = list(paths) or [book.advice.base / path for path in book.advice.paths]
    looked = files.read(given if strict else [path for path in given if path.exists()])
    for file in book_files(book.path):
        ignores, problems = ignores_in(str(file), read_text(file))
        looked.ignores += ignores
        looked.unread += problems
    columns = {name: held for name, source in book.sources.items() if (held := _columns(book, source)) is not None}
    return Material(book, marks, looked, history(store, at), columns)


def _columns(book: Book, source: Source) -> frozenset[str] | None:
    """The columns that have a value in any of the newest lines; None where there are no lines to look at."""
    if source.kind in asked_kinds() or book.fleet_of(source.name):
        return None
    measures = tuple(book.events_of(source.name).values())
    try:
        judged = sampled(book, source, measures, _LINES) if measures else None
    except KakeiboError:  # no log, or one that cannot be read: kakeibo check and audit tell
        return None
    if judged is None or not judged.values:
        return None
    columns = zip(judged.columns, zip(*(row[1:] for row in judged.values), strict=True), strict=True)
    return frozenset(name for name, values in columns if any(value is not None for value in values))


def show(found: Review, book: Book, form: str, *, everything: bool) -> int:
    """Print a review as "text", "markdown", "json" or "sarif"; the exit code, which is 0 whatever it found: it
    advises, it does not police."""
    import shutil

    import click

    from kakeibo.letters import advice, advice_json, advice_sarif

    if form == "json":
        sys.stdout.buffer.write(advice_json.to_json(found) + b"\n")
    elif form == "sarif":
        sys.stdout.buffer.write(advice_sarif.to_sarif(found, book) + b"\n")
    elif form == "markdown":
        click.echo(advice.markdown(found, book, book.organisation.timezone), nl=False)
    else:
        width, colour = shutil.get_terminal_size((80, 24)).columns, sys.stdout.isatty()
        click.echo(advice.render(found, book, everything=everything, width=width, colour=colour), nl=False)
    return 0


def now() -> int:
    """The minute that it is."""
    return clock.minute_of(clock.now())


def form_of(*, as_json: bool, sarif: bool, markdown: bool) -> str:
    """The one form that was asked for. Raises UsageError for several."""
    asked = [name for name, wanted in (("json", as_json), ("sarif", sarif), ("markdown", markdown)) if wanted]
    if len(asked) > 1:
        raise UsageError(t("two forms were asked for"), t("give one of --json, --sarif and --markdown"))
    return asked[0] if asked else "text"
