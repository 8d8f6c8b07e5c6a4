"""What an event looks like that a book calls good, and what one that it calls bad: found by asking the book itself.

The conditions of a journey name constants. Events made of these, and of values beside them, are judged by the engine
that judges real ones; of those that it calls good, the plainest is taken, and of the bad ones that which differs least.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import msgspec

from kakeibo.engines.duckdb import Engine
from kakeibo.engines.samples import judge_lines
from kakeibo.model import Book, Events, Journey, Slo, Source
from kakeibo.predicates import ColumnType, Predicate
from kakeibo.sources.kinds import reader

Value = str | float | bool | None
Event = Mapping[str, Value]

MOST: Final = 20_000
"""Events that are tried for a journey, at most."""
_TEXT: Final = re.compile(r"'((?:[^']|'')*)'")
_NUMBER: Final = re.compile(r"(?<![\w'])-?[0-9]+(?:\.[0-9]+)?(?:e[0-9]+)?(?![\w'])")
_USUAL: Final[Mapping[str, Value]] = {"status": 200}
"""What columns of these names hold when all is well."""


@dataclass(frozen=True, slots=True)
class Examples:
    """Events of one journey. `bad`: SLO's name -> an event that is bad for it; an SLO for which none was found is not
    in it."""

    good: Event
    bad: Mapping[str, Event] = field(default_factory=dict)


def examples(book: Book, journey: Journey) -> dict[str, Examples]:
    """Source -> events of a journey; without the sources for which no good event was found."""
    found = {}
    for source in dict.fromkeys(measure.source for _, measure in judged(journey)):
        here = [(slo, measure) for slo, measure in judged(journey) if measure.source == source]
        if (made := _found(book, here)) is not None:
            found[source] = made
    return found


def judged(journey: Journey) -> list[tuple[Slo, Events]]:
    """The SLOs of a journey whose events a drill can make, and how they are judged: those that users cause."""
    leaves = ((slo, leaf) for slo in journey.slos for leaf in (slo.accounts or (slo,)))
    return [
        (slo, leaf.measure) for slo, leaf in leaves if isinstance(leaf.measure, Events) and leaf.probe_minutes is None
    ]


def _found(book: Book, slos: Sequence[tuple[Slo, Events]]) -> Examples | None:
    measures = [measure for _, measure in slos]
    events = list(_candidates(measures))
    verdicts = _verdicts(book, measures, events)
    plain = [sum(value not in (None, "", _USUAL.get(name)) for name, value in event.items()) for event in events]
    good = [row for row, words in enumerate(verdicts) if set(words) <= {"good", "not_valid"} and "good" in words]
    if not good:
        return None
    best = max(good, key=lambda row: (verdicts[row].count("good"), -plain[row]))
    bad = {}
    for number, (slo, _) in enumerate(slos):
        rows = [row for row, words in enumerate(verdicts) if words[number] == "bad"]
        if rows:
            nearest = min(rows, key=lambda row: (_apart(events[row], events[best]), -verdicts[row].count("good")))
            bad[slo.name] = _written(events[nearest])
    return Examples(_written(events[best]), bad)


def _verdicts(book: Book, measures: Sequence[Events], events: Sequence[Event]) -> list[list[str]]:
    """What every measure says of every event."""
    lines = [msgspec.json.encode({"time": "2026-01-01T00:00:00Z", **_written(event)}) for event in events]
    source = Source("drill", "ndjson", (), Path())
    with Engine(reader(source), measures, book.lists) as engine:
        found = judge_lines(engine, b"\n".join(lines) + b"\n", b"")
    return [list(words) for words in zip(*found.verdicts, strict=True)]


def _candidates(measures: Sequence[Events]) -> Iterator[Event]:
    """Events of every combination of values that the conditions tell apart; the first ones, where there are many."""
    predicates = [one for measure in measures for one in (measure.valid, measure.good, measure.void) if one is not None]
    values = _values(predicates)
    fits = max(2, int(MOST ** (1 / max(1, len(values)))))
    while any(len(one) > fits for one in values.values()) and _product(values) > MOST:
        longest = max(values, key=lambda name: len(values[name]))
        values[longest] = values[longest][: max(fits, len(values[longest]) // 2)]
    rows = itertools.islice(itertools.product(*values.values()), MOST)
    return (dict(zip(values, row, strict=True)) for row in rows)


def _product(values: Mapping[str, Sequence[Value]]) -> int:
    product = 1
    for one in values.values():
        product *= len(one)
    return product


def _values(predicates: Sequence[Predicate]) -> dict[str, list[Value]]:
    """Column -> the values to try, the usual ones first."""
    types: dict[str, ColumnType | None] = {}
    asked: dict[str, list[str]] = {}
    for predicate in predicates:
        for column, use in predicate.columns.items():
            types[column] = types.get(column) or use.type
        for atom in predicate.atoms:
            for column in atom.columns:
                asked.setdefault(column, []).append(atom.sql)
    return {column: _tried(column, kind, asked.get(column, [])) for column, kind in sorted(types.items())}


def _tried(column: str, kind: ColumnType | None, conditions: Sequence[str]) -> list[Value]:
    """The constants of its conditions, and what lies beside them."""
    found: list[Value] = [_USUAL[column]] if column in _USUAL and kind == "number" else []
    if kind == "boolean":
        return [*found, True, False, None]
    if kind == "number":
        numbers = {float(text) for sql in conditions for text in _NUMBER.findall(_TEXT.sub("", sql))}
        beside = {near for one in numbers for near in ((one - 1, one + 1) if one == int(one) else (one / 2, one * 2))}
        return list(dict.fromkeys([*found, *sorted(beside), *sorted(numbers), None]))
    texts = [text.replace("''", "'") for sql in conditions for text in _TEXT.findall(sql)]
    plain = [text.replace("%", "").replace("_", "x") if "%" in text else text for text in texts]
    return list(dict.fromkeys([*found, "", *plain, *texts, "drill", None]))


def _apart(one: Event, other: Event) -> int:
    """In how many columns two events differ."""
    return sum(one[name] != other[name] for name in one)


def _written(event: Event) -> dict[str, Value]:
    """As it stands in the log: whole numbers as such, what is missing left out."""
    return {
        name: int(value) if isinstance(value, float) and value == int(value) else value
        for name, value in event.items()
        if value is not None
    }
