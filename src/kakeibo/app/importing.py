"""Definitions of other tools -> a book: the format by its name, the file, and what is said."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from pathlib import Path

from kakeibo.app.starting import refuse_to_overwrite, write_text
from kakeibo.definitions.writing import write
from kakeibo.errors import UsageError
from kakeibo.i18n import t
from kakeibo.imports import Imported, formats, import_files


def import_book(name: str, paths: Sequence[Path]) -> Imported:
    """The book that the files stand for. Raises UsageError for a format that is not known, BookError for bad files."""
    known = formats()
    if name not in known:
        near = difflib.get_close_matches(name, known, 1)
        mend = t("did you mean {near}?", near=near[0]) if near else t("known are: {names}", names=", ".join(known))
        raise UsageError(t("there is no format {name}", name=name), mend)
    return import_files(name, paths)


def write_book(imported: Imported, out: Path, *, force: bool) -> str:
    """Write the book and say what is in it. Raises UsageError when there is one already."""
    refuse_to_overwrite(out, force=force, mend=t("give another place with --out, or replace it with --force"))
    write_text(write(imported.book), out)
    journeys = imported.book.journeys.values()
    counts = {"journeys": len(journeys), "objectives": sum(len(journey.slos) for journey in journeys)}
    return t(
        "{book}: {journeys} journeys, {objectives} objectives; look it over, then: kakeibo check", book=out, **counts
    )
