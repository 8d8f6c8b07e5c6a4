"""Any book over any JSON lines: the engine counts what a plain reading counts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kakeibo.engines.duckdb import Engine, Tally
from kakeibo.errors import PredicateError
from kakeibo.model import Slo, Source, Window
from kakeibo.predicates import parse
from kakeibo.sources.kinds import reader
from tests.oracle.counting import Counts, Objective, count
from tests.oracle.expressions import LISTS, render
from tests.oracle.reading import json_record, lines_of, minute_of, row_of, text
from tests.oracle.strategies import FIELDS, TYPES, json_logs, objectives

WINDOW = Window("28d", 28 * 24 * 60)
SOURCE = Source(
    "web", "ndjson", ("log",), Path("."),
    options={"fields": {"deep": "d.n", "word": "d.a/b~c", "duration": '"req.time"', "flag": "d.e.f"}},
)  # fmt: skip
usual = settings(deadline=None, suppress_health_check=list(HealthCheck))


def slo(number: int, objective: Objective) -> Slo:
    valid, good = parse(render(objective.valid), LISTS), parse(render(objective.good), LISTS)
    void = None if objective.void is None else parse(render(objective.void), LISTS)
    return Slo(f"j/{number}", valid, good, void, Fraction(99, 100), WINDOW)


def well_typed(objective: Objective) -> bool:
    """Does the engine take every column for what it is? (`a = b` of two numbers it takes for texts, for one; a book
    that mixes both is refused, as tests/app shows.)"""
    trees = (objective.valid, objective.good, objective.void or ("constant", True))
    try:
        predicates = [parse(render(tree), LISTS) for tree in trees]
    except PredicateError:
        return False
    return all(use.type in (TYPES[c], None) for p in predicates for c, use in p.columns.items())


def types_in(slos: Sequence[Slo]) -> dict[str, str]:
    """A column that is only asked whether it is null has no type: then it is taken as it is written, as text."""
    uses = [use for slo in slos for p in (slo.valid, slo.good, slo.void) if p for use in p.columns.items()]
    typed = {column for column, use in uses if use.type}
    return {column: kind if column in typed else "text" for column, kind in TYPES.items()}


def expected(data: bytes, wanted: Sequence[Objective], types: Mapping[str, str]) -> Counts:
    events = []
    for line in lines_of(data):
        record = json_record(line) or {}
        time = next(
            (found for key in ("time", "ts", "timestamp") if (found := text(record.get(key))) is not None), None
        )
        events.append((minute_of(time), row_of(record, FIELDS, types)))
    return count(events, wanted)


def plain(tallies: Sequence[Tally]) -> Counts:
    """Tallies in the oracle's words."""
    found = Counts()
    for tally in tallies:
        found.rejected += tally.rejected
        found.lines.update(tally.lines)
        for minute, number, *amounts in tally.counts:
            found.counts.update(
                {(minute, number, v): n for v, n in zip(("good", "bad", "void", "unknown"), amounts, strict=True) if n}
            )
    return found


def counted(engine: Engine, pieces: Sequence[bytes]) -> Counts:
    head = b"".join(pieces)[:4096]
    return plain([engine.count(lambda at, n, p=piece: p[at : at + n], len(piece), head) for piece in pieces if piece])


def check(lines: Sequence[bytes], wanted: Sequence[Objective], cuts: Sequence[int]) -> None:
    slos = [slo(i, objective) for i, objective in enumerate(wanted)]
    truth = expected(b"".join(lines), wanted, types_in(slos))
    edges = [0, *sorted(cut % (len(lines) + 1) for cut in cuts), len(lines)]
    pieces = [b"".join(lines[start:end]) for start, end in zip(edges, edges[1:], strict=False)]
    with Engine(reader(SOURCE), slos, LISTS) as engine:
        assert counted(engine, [b"".join(lines)]) == truth
        assert counted(engine, pieces) == truth  # split anywhere at line ends; what was judged before is remembered


logs_and_books = given(
    json_logs(),
    st.lists(objectives.filter(well_typed), min_size=1, max_size=30),
    st.lists(st.integers(0, 99), max_size=3),
)


@settings(usual, max_examples=150)
@logs_and_books
def test_any_book_over_any_log(lines: list[bytes], wanted: list[Objective], cuts: list[int]) -> None:
    check(lines, wanted, cuts)


@pytest.mark.long
@settings(usual, max_examples=10_000)
@logs_and_books
def test_any_book_over_any_log_at_length(lines: list[bytes], wanted: list[Objective], cuts: list[int]) -> None:
    check(lines, wanted, cuts)
