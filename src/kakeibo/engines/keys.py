"""How little of each column the counting query must keep.

Every group of events is represented by one event that all predicates judge alike. So a number that is only compared
with constants is kept as the interval it lies in, represented by a number inside it; a text that is only asked whether
it equals constants is kept as it is; a text that is asked anything else (LIKE, a regular expression) is represented by
any text of the same answers. What none of this fits is kept as it is.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from kakeibo.predicates import Atom, ColumnType, Comparison, Predicate
from kakeibo.sources.kinds import name

Boundary = tuple[float, bool]
"""A cut between numbers: (c, False) just before c, (c, True) just after it."""


@dataclass(frozen=True, slots=True)
class Key:
    """One column of the group key. `boundaries`: cut into intervals; `atoms`: replaced by any text of equal answers."""

    column: str
    type: ColumnType | None
    boundaries: tuple[Boundary, ...] | None = None
    atoms: tuple[str, ...] | None = None

    @property
    def first(self) -> str:
        """SQL for the column in the scan's GROUP BY."""
        return name(self.column) if self.boundaries is None else interval(name(self.column), self.boundaries)

    @property
    def representatives(self) -> tuple[float, ...]:
        """One number inside each interval."""
        return tuple(_inside(self.boundaries or (), i) for i in range(len(self.boundaries or ()) + 1))


def keys_of(predicates: Iterable[Predicate]) -> tuple[Key, ...]:
    """The group key that lets all `predicates` be judged."""
    distinct = set(predicates)
    types: dict[str, ColumnType | None] = {}
    atoms: dict[str, dict[str, Atom]] = {}
    whole: set[str] = set()  # columns that are kept as they are: some condition relates them to another column, say
    for predicate in sorted(distinct, key=lambda p: p.text):
        whole |= {column for column, _ in predicate.lists}  # codes of no list are reported by name
        for column, use in predicate.columns.items():
            types[column] = types.get(column) or use.type
        for atom in predicate.atoms:
            if len(atom.columns) == 1:
                atoms.setdefault(next(iter(atom.columns)), {})[atom.sql] = atom
            else:
                whole |= atom.columns
    return tuple(_key(c, types[c], [] if c in whole else list(atoms.get(c, {}).values())) for c in sorted(types))


def _key(column: str, kind: ColumnType | None, atoms: Sequence[Atom]) -> Key:
    if not atoms or kind == "boolean":
        return Key(column, kind)
    if kind == "number" and all(atom.comparisons is not None for atom in atoms):
        return Key(column, kind, boundaries=_boundaries([c for atom in atoms for c in atom.comparisons or ()]))
    if all(atom.equality for atom in atoms):
        return Key(column, kind)
    return Key(column, kind, atoms=tuple(sorted(atom.sql for atom in atoms)))


def _boundaries(comparisons: Sequence[Comparison]) -> tuple[Boundary, ...]:
    """The cuts that the comparisons make: <= and > cut after the constant, < and >= before it, = on both sides."""
    cuts = set()
    for operator, constant in comparisons:
        if operator != "<=" and operator != ">":
            cuts.add((constant, False))
        if operator != "<" and operator != ">=":
            cuts.add((constant, True))
    return tuple(sorted(cuts))


def interval(value: str, boundaries: Sequence[Boundary]) -> str:
    """SQL: how many of the boundaries lie below `value`, found by halving; NULL for NULL."""

    def search(low: int, high: int) -> str:
        if low == high:
            return str(low)
        middle = (low + high) // 2
        constant, after = boundaries[middle]
        below = f"{value} {'<=' if after else '<'} {constant!r}::DOUBLE"
        return f"CASE WHEN {below} THEN {search(low, middle)} ELSE {search(middle + 1, high)} END"

    return f"CASE WHEN {value} IS NOT NULL THEN {search(0, len(boundaries))} END"


def _inside(boundaries: Sequence[Boundary], number: int) -> float:
    """A number in interval `number`."""
    lower = boundaries[number - 1] if number else (-math.inf, True)
    upper = boundaries[number] if number < len(boundaries) else (math.inf, False)
    if not lower[1]:
        return lower[0]
    if upper[1]:
        return upper[0]
    if math.isinf(lower[0]):
        return -math.inf
    return math.inf if math.isinf(upper[0]) else lower[0] / 2 + upper[0] / 2
