"""What an accepted expression is made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from kakeibo.i18n import marked

ColumnType = Literal["number", "text", "boolean"]
TYPE_NAMES: Final = (marked("number"), marked("text"), marked("boolean"))
Comparison = tuple[str, float]
"""How an atom compares a number column: an operator (one of < <= > >= =) and a constant."""

NO_CODE: Final = ("", "-")
"""What logs write where there is no code: counted like an absent one by named lists."""


@dataclass(frozen=True, slots=True)
class ColumnUse:
    """A column as one predicate uses it: its type (None: any type would do) and the offset of its first mention."""

    type: ColumnType | None
    offset: int


@dataclass(frozen=True, slots=True)
class Atom:
    """A smallest condition. `comparisons` is set when it only compares one number column with constants;
    `equality` when it only asks whether one text column equals constants or is null."""

    columns: frozenset[str]
    sql: str
    comparisons: tuple[Comparison, ...] | None = None
    equality: bool = False


@dataclass(frozen=True)
class Predicate:
    """An accepted expression. `sql` is DuckDB's; `lists` are the (column, list name) pairs it asks about; `parts` are
    the conditions that must all be true, each as a Predicate of its own, when there are several."""

    text: str
    sql: str
    columns: Mapping[str, ColumnUse] = field(compare=False)
    atoms: tuple[Atom, ...] = field(compare=False)
    lists: tuple[tuple[str, str], ...] = field(compare=False)
    parts: tuple[Predicate, ...] = field(compare=False, default=())
