"""Lines cut by plain string functions come out as an exact regular expression would cut them, however odd they are."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kakeibo.engines.duckdb import Engine
from kakeibo.model import Source
from kakeibo.sources.kinds import reader

FORMAT = (
    '$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent" '
    "$request_time"
)
QUOTED, PLAIN = r'((?:[^"\\]|\\.)*)', '([^"]*?)'
EXACT = re.compile(rf'^{PLAIN} - {PLAIN} \[{PLAIN}\] "{QUOTED}" {PLAIN} {PLAIN} "{QUOTED}" "{QUOTED}" {PLAIN}\s*$')
COLUMNS = {"remote_user": 2, "status": 5, "body_bytes_sent": 6, "http_user_agent": 8, "request_time": 9}
LINE = '192.0.2.7 - ken [01/Sep/2026:00:00:00 +0900] "GET /a?b=c HTTP/1.1" 200 512 "-" "Mozilla (X11)" 0.015'
Row = tuple[str | None, ...]
usual = settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    source = Source("web", "nginx", ("log",), Path(), options={"log_format": FORMAT})
    with Engine(reader(source), [], {}) as found:
        yield found


def bent(edits: list[tuple[int, int, str]]) -> str:
    """The line with pieces of it replaced."""
    line = LINE
    for at, length, text in edits:
        line = line[: at % len(line)] + text + line[at % len(line) + length :]
    return line


edits = st.tuples(
    st.integers(0, 200), st.integers(0, 3), st.sampled_from(['"', '\\"', "\\", " ", " [", "] ", " - ", "x", ""])
)
lines = st.lists(edits, max_size=4).map(bent).filter(str.strip)


def expected(line: str) -> Row:
    found = EXACT.match(line)
    if found is None or not found[3]:
        return (None,)
    return (found[3], *(None if found[group] == "-" else found[group] for group in COLUMNS.values()))


def rows(engine: Engine, scan: str) -> list[Row]:
    return [row if row[0] else (None,) for row in engine.connection.execute(scan).fetchall()]


def key(row: Row) -> tuple[str, ...]:
    return tuple(text or "" for text in row)


@usual
@given(st.lists(lines, min_size=1, max_size=30))
def test_cut_as_the_format_says(engine: Engine, log: list[str]) -> None:
    with engine.served("".join(line + "\n" for line in log).encode()) as file:
        found = rows(engine, engine.reader.scan(file, dict.fromkeys(COLUMNS, "text"), b""))
    assert sorted(found, key=key) == sorted(map(expected, log), key=key)


@usual
@given(st.lists(lines, min_size=1, max_size=30))
def test_the_quick_scan_leaves_out_but_never_errs(engine: Engine, log: list[str]) -> None:
    with engine.served("".join(line + "\n" for line in log).encode()) as file:
        quick = rows(engine, engine.reader.quick_scan(file, dict.fromkeys(COLUMNS, "text"), b""))
    wanted = list(map(expected, log))
    assert len(quick) == len(wanted)
    for row in quick:
        if row != (None,):
            wanted.remove(row)


def test_the_quick_scan_reads_a_plain_line(engine: Engine) -> None:
    with engine.served(LINE.encode() + b"\n") as file:
        assert rows(engine, engine.reader.quick_scan(file, dict.fromkeys(COLUMNS, "text"), b"")) == [expected(LINE)]
