"""What other tools read: a book -> the files of one format, and what could not be said in it.

One file per format, with `FORMAT` (its name), `SUMMARY` (one marked sentence) and `export(book)`; found by itself.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module

from kakeibo.errors import Problem
from kakeibo.i18n import t
from kakeibo.model import Book


@dataclass(frozen=True, slots=True)
class Exported:
    """Files by name (relative, "/" between folders), and a warning for everything that could not be expressed.

    The `file` of a warning is the name of the SLO (or whatever else of the book) that it is about.
    """

    files: Mapping[str, str]
    warnings: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class Format:
    """A format that a book can be exported to. `summary` is given to `t` to be shown."""

    name: str
    summary: str
    export: Callable[[Book], Exported]


@cache
def formats() -> dict[str, Format]:
    """Every format by its name, found by looking at the files of this room."""
    modules = (import_module(f"{__name__}.{module.name}") for module in pkgutil.iter_modules(__path__))
    found = [Format(one.FORMAT, one.SUMMARY, one.export) for one in modules if hasattr(one, "FORMAT")]
    return {one.name: one for one in sorted(found, key=lambda one: one.name)}


def policies_unsaid(book: Book) -> tuple[Problem, ...]:
    """A warning for each policy, of a format that has no words for what a team does when a budget runs out."""
    message = t("this format has no place for an error budget policy: it is not exported")
    mend = t("kakeibo policy TEAM prints it")
    return tuple(Problem(team, 0, 0, message, mend, "warning") for team in book.policies)
