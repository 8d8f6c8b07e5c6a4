"""Parts: whatever a source is broken down by, an engine finds the parts that a plain reading finds, and they add up."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from decimal import ROUND_CEILING, Context, Decimal
from itertools import pairwise
from pathlib import Path

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.oracle.engine import served, source

from kakeibo.engines import parts
from kakeibo.engines.duckdb import Engine
from kakeibo.engines.tallies import Tally
from kakeibo.errors import SourceError
from kakeibo.model import Events
from kakeibo.predicates import parse
from kakeibo.sources.kinds import reader
from kakeibo.sources.sidekiq import Sidekiq

LISTS = {"system_codes": ("DB_DOWN", "E1")}
MEASURES = [
    Events("web", parse("operation = 'Play'", LISTS), parse("status < 500 and not (error in system_codes)", LISTS)),
    Events("web", parse("true", LISTS), parse("duration <= 0.3", LISTS), parse("route like '/health%'", LISTS)),
]
BROKEN_DOWN = replace(
    source("ndjson"), breakdown=("operation", "route", "status", "region"), histogram=("duration", "bytes")
)
usual = settings(deadline=None, suppress_health_check=list(HealthCheck))

numbers = st.sampled_from(
    [0.3, 0.30000000000000004, 0.29999999999999993, 0.29, 0.1, 1e-7, 1e-6, 0, -1, 9.9e9, 1e10, 1.0000000001e10, 1e99, 5]
) | st.floats(1e-7, 1e11)
events = st.fixed_dictionaries(
    {
        "time": st.sampled_from(
            [f"2026-11-21T{h}:{m}:25+09:00" for h in ("17", "18") for m in ("00", "23", "59")] + ["x"]
        )
    },
    optional={
        "operation": st.sampled_from(["Play", "Search", ""]),
        "error": st.sampled_from(["DB_DOWN", "", "?"]),
        "status": st.sampled_from([200, 404, 500, 503]),
        "route": st.sampled_from(["/a", "/b", "/health/x", "/health/y"]),
        "region": st.sampled_from(["東京", "大阪", None]),
        "duration": numbers,
        "bytes": numbers,
    },
)


def ending(value: float) -> str:
    """The interval of a number, in decimal: the least number of two digits that is not smaller, as a double is read."""
    if value <= 0:
        return "0"
    if value > 1e10:
        return "more"
    guess = Context(prec=2, rounding=ROUND_CEILING).create_decimal(max(Decimal(value), Decimal("1E-6")))
    below = guess - Decimal((0, (1,), guess.adjusted() - 1 - (guess.as_tuple().digits == (1, 0))))
    found = below if value <= float(below) and value > 1e-6 else guess
    return format(found.normalize(), "f")


def expected(lines: Sequence[dict[str, object]]) -> Counter[tuple[object, ...]]:
    """(hour, SLO, column, kind, value, verdict) -> events, line by line."""
    found: Counter[tuple[object, ...]] = Counter()
    for line in lines:
        if line["time"] == "x":
            continue
        hour = int(datetime.fromisoformat(str(line["time"])).timestamp()) // 3600
        for slo, verdict in verdicts(line):
            for column in BROKEN_DOWN.breakdown:
                value = line.get(column)
                kind = ("missing", "") if value is None else ("value", str(value))
                found[hour, slo, column, *kind, verdict] += 1
            for column in BROKEN_DOWN.histogram:
                number = line.get(column)
                found[hour, slo, column, "interval", "" if number is None else ending(float(str(number))), verdict] += 1
    return found


def verdicts(line: dict[str, object]) -> list[tuple[int, str]]:
    found = []
    if line.get("operation") == "Play":
        status, error = line.get("status"), line.get("error")
        failed = error == "DB_DOWN" or (isinstance(status, int) and status >= 500)
        found.append((0, "bad" if failed or status is None or error == "?" else "good"))
    if str(line.get("route", "")).startswith("/health"):
        return [*found, (1, "void")]
    duration = line.get("duration")
    return [*found, (1, "good" if isinstance(duration, float | int) and duration <= 0.3 else "bad")]


def plain(tallies: Sequence[Tally]) -> Counter[tuple[object, ...]]:
    found: Counter[tuple[object, ...]] = Counter()
    for tally in tallies:
        for hour, slo, column, kind, value, *amounts in tally.parts:
            found.update(
                {
                    (hour, slo, column, kind, value, v): n
                    for v, n in zip(("good", "bad", "void"), amounts, strict=True)
                    if n
                }
            )
    return found


@settings(usual, max_examples=30)
@given(st.lists(events, min_size=1, max_size=40), st.lists(st.integers(0, 99), max_size=3))
def test_the_parts_of_any_log_cut_anywhere(lines: list[dict[str, object]], cuts: list[int]) -> None:
    data = [json.dumps(line, ensure_ascii=False).encode() + b"\n" for line in lines]
    edges = [0, *sorted(cut % (len(lines) + 1) for cut in cuts), len(lines), len(lines)]
    pieces = [b"".join(data[start:end]) for start, end in pairwise(edges)]
    with Engine(reader(BROKEN_DOWN), MEASURES, LISTS) as engine:
        head = b"".join(data)[:4096]
        found = [engine.count(served(piece), len(piece), head) for piece in (*pieces, b"".join(data))]
        assert plain(found[:-1]) == expected(lines)  # the second time all keys are known
        assert plain(found[-1:]) == expected(lines)


def test_parts_are_the_counts_in_other_words() -> None:
    lines = [{"time": "2026-11-21T17:00:00+09:00", "operation": "Play", "status": 200, "duration": 0.1}] * 3
    data = "".join(json.dumps(line) + "\n" for line in lines).encode()
    with Engine(reader(BROKEN_DOWN), MEASURES, LISTS) as engine:
        tally = engine.count(served(data), len(data), data)
    for column in (*BROKEN_DOWN.breakdown, *BROKEN_DOWN.histogram):
        numbers = [part[5:] for part in tally.parts if part[1:3] == (1, column)]
        assert [sum(n) for n in zip(*numbers, strict=True)] == [3, 0, 0]


@pytest.mark.parametrize("columns", [("operation",), ("status",), ("operation", "error"), ("region",)])
def test_any_choice_of_columns(columns: tuple[str, ...]) -> None:
    """Those that conditions ask for as they are need no grouping of their own, alone or with others."""
    line = {"time": "2026-11-21T17:00:00+09:00", "operation": "Play", "status": 200, "error": "E1", "region": "x"}
    data = json.dumps(line).encode() + b"\n"
    with Engine(reader(replace(source("ndjson"), breakdown=columns)), MEASURES, LISTS) as engine:
        tallies = [engine.count(served(data), len(data), data) for _ in range(2)]
    for tally in tallies:
        assert (tally.rejected, sorted({part[2] for part in tally.parts})) == (0, sorted(columns))


def test_a_question_that_cannot_be_asked_blames_no_line(monkeypatch: pytest.MonkeyPatch) -> None:
    data = b'{"time":"2026-11-21T17:00:00+09:00","operation":"Play","status":200}\n'
    with Engine(reader(source("ndjson")), MEASURES, LISTS) as engine:
        monkeypatch.setattr(engine, "_reduced", lambda *_: "SELECT nowhere")
        with pytest.raises(SourceError, match="cannot be judged"):
            engine.count(served(data), len(data), data)


def test_a_source_that_is_not_broken_down_has_no_parts_and_the_query_it_had() -> None:
    data = b'{"time":"2026-11-21T17:00:00+09:00","operation":"Play","status":200}\n'
    with Engine(reader(source("ndjson")), MEASURES, LISTS) as engine:
        tally = engine.count(served(data), len(data), data)
        assert "GROUPING" not in engine._reduced("LOG", "m", "h")
    assert (tally.parts, len(tally.counts)) == ([], 2)


def test_the_least_frequent_values_are_counted_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parts, "MOST", 2)
    lines = [
        {"time": "2026-11-21T17:00:00+09:00", "route": r, "duration": d}
        for r, d in zip("abbbccd", [9] + [0.1] * 6, strict=True)
    ]
    data = "".join(json.dumps(line) + "\n" for line in lines).encode()
    with Engine(reader(replace(BROKEN_DOWN, breakdown=("route",))), MEASURES, LISTS) as engine:
        tally = engine.count(served(data), len(data), data)
    found = [part[3:] for part in tally.parts if part[1:3] == (1, "route")]
    assert sorted(found) == [("rest", "", 3, 0, 0), ("value", "a", 0, 1, 0), ("value", "b", 3, 0, 0)]


def test_every_end_of_an_interval_and_its_neighbours() -> None:
    """Exactly hit and just missed, for all ends there are."""
    ends = [float(f"{d}e{e}") for e in range(-7, 9) for d in range(10, 100)] + [1e10]
    values = [v for end in ends for v in (math.nextafter(end, 0), end, math.nextafter(end, math.inf))]
    rows = [(i % 60 * 60, "J", "q", "done", None, v, None, 0) for i, v in enumerate(values)]
    jobs = replace(source("sidekiq"), histogram=("latency",))
    measure = Events("web", parse("true", {}), parse("latency <= 1", {}))
    with Engine(reader(jobs), [measure], {}) as engine:
        tally = engine.count_rows(Sidekiq.ROW, rows)
    found = Counter({part[4]: part[5] + part[6] for part in tally.parts})
    assert found == Counter(ending(v) for v in values)


def test_a_zone_that_is_off_by_half_an_hour() -> None:
    data = b'{"time":"2026-11-21T17:%d:00+05:30","operation":"Play"}\n'
    log = b"".join(data % minute for minute in (10, 29, 31, 50))
    with Engine(reader(BROKEN_DOWN), MEASURES, LISTS) as engine:
        tally = engine.count(served(log), len(log), log)
    hours = Counter({part[0]: part[5] + part[6] + part[7] for part in tally.parts if part[1:3] == (1, "operation")})
    assert sorted(hours.values()) == [2, 2]


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_other_kinds_of_source(kind: str, tmp_path: Path) -> None:
    made = replace(source(kind, timezone="Asia/Tokyo"), breakdown=("region", "status"), histogram=("duration",))
    measure = Events("web", parse("true", {}), parse("status < 500", {}))
    text = b"time,region,status,duration\n2026-11-21 17:00:00,a,200,0.1\n2026-11-21 17:59:00,a,500,\n"
    with Engine(reader(made), [measure], {}) as engine:
        if kind == "csv":
            tally = engine.count(served(text), len(text), text)
        else:
            (tmp_path / "log.csv").write_bytes(text)
            duckdb.sql(f"COPY (FROM '{tmp_path}/log.csv') TO '{tmp_path}/log.parquet'")
            tally = engine.count_file(tmp_path / "log.parquet")
    assert sorted(part[2:] for part in tally.parts) == [
        ("duration", "interval", "", 0, 1, 0),
        ("duration", "interval", "0.1", 1, 0, 0),
        ("region", "value", "a", 1, 1, 0),
        ("status", "value", "200", 1, 0, 0),
        ("status", "value", "500", 0, 1, 0),
    ]
