"""A small piece whose keys were met before is counted from memory, with the same result."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kakeibo.engines.duckdb import Engine
from kakeibo.engines.known import Known, rows_of
from kakeibo.engines.tallies import Tally
from kakeibo.model import Events, Source
from kakeibo.predicates import parse
from kakeibo.sources.kinds import reader

LISTS = {"system_codes": ("SYSTEM", "TIMEOUT")}
SOURCE = Source("web", "ndjson", ("log",), Path())
usual = settings(deadline=None, max_examples=20, suppress_health_check=list(HealthCheck))


def measure(valid: str, good: str, void: str | None = None) -> Events:
    excluded = parse(void, LISTS) if void else None
    return Events("web", parse(valid, LISTS), parse(good, LISTS), excluded)


SLOS = [
    measure("operation = 'Play'", "status < 500 and not (error in system_codes)", "path like '/test%'"),
    measure("operation = 'Play'", "duration <= 0.3"),
    measure("true", "status = bytes"),
]

events = st.fixed_dictionaries(
    {
        "time": st.sampled_from(
            ["2026-09-01T00:00:59+09:00", "2026-09-01T00:01:00+09:00", "2026-09-01T00:00:01Z", "soon"]
        )
    },
    optional={
        "operation": st.sampled_from(["Play", "Stop", None]),
        "status": st.sampled_from([200, 500, 0, -0.0]),
        "bytes": st.sampled_from([200, 0]),
        "error": st.sampled_from(["", "SYSTEM", "ODD", "ODDER"]),
        "path": st.sampled_from(["/test/1", "/a", "/b"]),
        "duration": st.sampled_from([0.3, 0.30001, "slow"]),
    },
)
pieces = st.lists(st.lists(events, max_size=12), min_size=1, max_size=5)


def count(engine: Engine, piece: Sequence[object]) -> Tally:
    data = "".join(json.dumps(event) + "\n" for event in piece).encode()
    return engine.count(lambda at, length: data[at : at + length], len(data), data[:4096])


def same(tally: Tally) -> tuple[object, ...]:
    return sorted(tally.counts), tally.lines, tally.rejected, tally.codes


@usual
@given(pieces)
def test_the_second_time_as_the_first(log: list[list[object]]) -> None:
    expected = []
    for piece in log:
        with Engine(reader(SOURCE), SLOS, LISTS) as fresh:
            expected.append(same(count(fresh, piece)))
    with Engine(reader(SOURCE), SLOS, LISTS) as keeping:
        for piece, tally in zip([*log, *log], [*expected, *expected], strict=True):
            assert same(count(keeping, piece)) == tally


def test_counted_from_memory() -> None:
    known = Known(None)
    known.learn([("Play", 0, [0, 1], [0, 3]), (None, 1, [], [])])
    groups = [("2026-09-01T00:00", "Play", 0, 5), ("!2026-08-31T15:00:00Z", None, 1, 2), (None, "Play", 0, 1)]
    assert known.has_all(groups)
    assert not known.has_all([("2026-09-01T00:00", "Play", 1, 5)])
    counts, lines, rejected = known.counts(groups, "+09:00")
    minute = 29_803_140
    assert rows_of(counts) == [(minute, 0, 5, 0, 0, 0), (minute, 1, 0, 5, 0, 5)]
    assert (lines, rejected) == ({minute: 7}, 1)
