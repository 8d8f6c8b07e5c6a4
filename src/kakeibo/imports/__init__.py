"""What other tools write: the files of one format -> a book, and what could not be taken over.

One file per format, with `FORMAT` (its name), `SUMMARY` (one marked sentence) and `read(documents, draft)`; found by
itself. `read` fills the draft and notes in its findings every error (the file is invalid) and every warning (it is
valid, but a book cannot say this, or says it in another way).
"""

from __future__ import annotations

import pkgutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path

from kakeibo.errors import BookError, Problem
from kakeibo.imports.documents import Document, read_documents
from kakeibo.imports.drafts import Draft
from kakeibo.model import Book


@dataclass(frozen=True, slots=True)
class Imported:
    """A book, and a warning for everything that is not in it or not as it was."""

    book: Book
    warnings: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class Format:
    """A format that a book can be made from. `summary` is given to `t` to be shown."""

    name: str
    summary: str
    read: Callable[[Sequence[Document], Draft], None]


@cache
def formats() -> dict[str, Format]:
    """Every format by its name, found by looking at the files of this room."""
    modules = (import_module(f"{__name__}.{module.name}") for module in pkgutil.iter_modules(__path__))
    found = [Format(one.FORMAT, one.SUMMARY, one.read) for one in modules if hasattr(one, "FORMAT")]
    return {one.name: one for one in sorted(found, key=lambda one: one.name)}


def import_files(name: str, paths: Sequence[Path]) -> Imported:
    """The book that files of one format stand for. Raises BookError with every error, by file and line."""
    draft = Draft()
    documents = read_documents(paths, draft.findings)
    formats()[name].read(documents, draft)
    if draft.findings.errors:
        raise BookError(draft.findings.errors)
    return Imported(draft.book(), tuple(draft.findings.warnings))
