"""What to say of a name that is none of those known."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from kakeibo.i18n import t

_SHOWN: Final = 10


def mend_of(name: str, known: Collection[str]) -> str:
    """The nearest of the names that the book has, or else the first of them all."""
    import difflib  # most commands need no mend

    if near := difflib.get_close_matches(name, known, 1):
        return t("did you mean {near}?", near=near[0])
    if not known:
        return t("none is written yet: add it to the book")
    return t("the book has: {names}", names=_listed(known))


def _listed(names: Collection[str]) -> str:
    """The names in a line, of many the first."""
    first = ", ".join(list(names)[:_SHOWN])
    return first if len(names) <= _SHOWN else f"{first}, ..."
