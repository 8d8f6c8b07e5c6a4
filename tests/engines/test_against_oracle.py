"""Any book over any JSON lines: the engine counts what a plain reading counts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.oracle.counting import Counts, Objective, count
from tests.oracle.engine import counted, measure, source, types_in
from tests.oracle.expressions import LISTS, render
from tests.oracle.reading import json_record, lines_of, minute_of, row_of, text
from tests.oracle.strategies import FIELDS, TYPES, json_logs, objectives, usual_lines, usual_objectives

from kakeibo.engines.duckdb import Engine
from kakeibo.errors import PredicateError
from kakeibo.predicates import parse
from kakeibo.sources.kinds import reader

SOURCE = source("ndjson", fields={"deep": "d.n", "word": "d.a/b~c", "duration": '"req.time"', "flag": "d.e.f"})
usual = settings(deadline=None, suppress_health_check=list(HealthCheck))


def well_typed(objective: Objective) -> bool:
    """Does the engine take every column for what it is? (`a = b` of two numbers it takes for texts, for one; a book
    that mixes both is refused, as tests/app shows.)"""
    trees = (objective.valid, objective.good, objective.void or ("constant", True))
    try:
        predicates = [parse(render(tree), LISTS) for tree in trees]
    except PredicateError:
        return False
    return all(use.type in (TYPES[c], None) for p in predicates for c, use in p.columns.items())


def expected(data: bytes, wanted: Sequence[Objective], types: Mapping[str, str]) -> Counts:
    events = []
    for line in lines_of(data):
        record = json_record(line) or {}
        time = next(
            (found for key in ("time", "ts", "timestamp") if (found := text(record.get(key))) is not None), None
        )
        events.append((minute_of(time), row_of(record, FIELDS, types)))
    return count(events, wanted)


def check(lines: Sequence[bytes], wanted: Sequence[Objective], cuts: Sequence[int]) -> None:
    measures = [measure(objective) for objective in wanted]
    truth = expected(b"".join(lines), wanted, types_in(measures, TYPES))
    edges = [0, *sorted(cut % (len(lines) + 1) for cut in cuts), len(lines)]
    pieces = [b"".join(lines[start:end]) for start, end in pairwise(edges)]
    with Engine(reader(SOURCE), measures, LISTS) as engine:
        assert counted(engine, [b"".join(lines)]) == truth
        assert counted(engine, pieces) == truth  # split anywhere at line ends; what was judged before is remembered


logs_and_books = given(
    json_logs(),
    st.lists(objectives.filter(well_typed), min_size=1, max_size=30),
    st.lists(st.integers(0, 99), max_size=3),
)


@settings(usual, max_examples=100)
@logs_and_books
def test_any_book_over_any_log(lines: list[bytes], wanted: list[Objective], cuts: list[int]) -> None:
    check(lines, wanted, cuts)


@settings(usual, max_examples=60)
@given(st.lists(usual_lines, min_size=5, max_size=40), st.lists(usual_objectives, min_size=1, max_size=12))
def test_thresholds_exactly_hit_and_just_missed(lines: list[bytes], wanted: list[Objective]) -> None:
    check(lines, wanted, [len(lines) // 2])


@pytest.mark.parametrize("first", [b"5", b"[]", b'"x"', b"null", b"[" + b"1," * 50 + b"1]", b'{"":1}'])
def test_a_log_that_begins_with_what_is_no_object(first: bytes) -> None:
    """The engine may guess from its first lines what a log is made of: it must not, least of all of a single key."""
    everything = Objective(("constant", True), ("constant", True))
    with Engine(reader(source("ndjson", time="time")), [measure(everything)], LISTS) as engine:
        found = counted(engine, [first + b'\n{"time":"2026-11-21T17:23:25Z"}\n{"time":"2026-11-21T17:23:26Z"}\n'])
    assert (found.rejected, list(found.lines.values())) == (1, [2])


@pytest.mark.long
@settings(usual, max_examples=10_000)
@logs_and_books
def test_any_book_over_any_log_at_length(lines: list[bytes], wanted: list[Objective], cuts: list[int]) -> None:
    check(lines, wanted, cuts)
