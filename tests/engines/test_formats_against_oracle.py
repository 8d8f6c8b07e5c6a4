"""Lines that follow a format, and CSV: the engine counts what re and csv find in them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.oracle.counting import Counts, Event, Objective, count
from tests.oracle.engine import counted, measure, source, types_in
from tests.oracle.expressions import LISTS, Tree, number_in
from tests.oracle.reading import alb_record, combined_record, csv_record, lines_of, minute_of

from kakeibo.engines.duckdb import Engine
from kakeibo.model import Source
from kakeibo.sources.kinds import reader

usual = settings(deadline=None, suppress_health_check=list(HealthCheck), max_examples=40)
Record = Mapping[str, str | None]
TYPES = {
    "status": "number",
    "bytes": "number",
    "duration": "number",
    "method": "text",
    "path": "text",
    "query": "text",
    "protocol": "text",
    "referer": "text",
    "user_agent": "text",
    "remote_user": "text",
    "client_ip": "text",
    "code": "text",
}


def column(name: str) -> Tree:
    return ("column", name)


def questions(*names: str) -> list[Objective]:
    """One objective for each question one would ask of a column: its answers tell the column's value apart."""
    found: list[Tree] = []
    for name in names:
        if TYPES[name] == "number":
            found += [("lt", column(name), ("constant", 500.0)), ("eq", column(name), ("constant", 200.0))]
            found += [("le", column(name), ("constant", 0.3))]
        else:
            found += [("null", column(name)), ("like", column(name), ("constant", "%a%"))]
            found += [("eq", column(name), ("constant", word)) for word in ("GET", "/a", "b=c", "HTTP/1.1", "x y", "é")]
            found += [("gt", ("length", column(name)), ("constant", 3.0))]
    return [Objective(("constant", True), tree) for tree in found]


def check(
    asked: Source, data: bytes, cuts: Sequence[int], read: Callable[[bytes], Record | None], objectives: list[Objective]
) -> None:
    measures = [measure(objective) for objective in objectives]
    types = types_in(measures, TYPES)
    first = next(lines_of(data, b"\r"), b"") if asked.kind == "csv" else None
    events: list[Event] = []
    for i, line in enumerate(lines_of(data, b"\r")):
        if i == 0 and line == first:
            continue
        record = read(line) or {}
        row = {
            name: number_in(record.get(name) or "") if kind == "number" else record.get(name)
            for name, kind in types.items()
        }
        events.append((minute_of(record.get("time"), asked.timezone), row))
    truth: Counts = count(events, objectives)
    ends = [0, *(i + 1 for i, c in enumerate(data) if c == 10), len(data)]
    edges = sorted({0, len(data), *(ends[cut % len(ends)] for cut in cuts)})
    with Engine(reader(asked), measures, LISTS) as engine:
        assert counted(engine, [data]) == truth
        assert counted(engine, [data[a:b] for a, b in pairwise(edges)]) == truth


TIMES = st.sampled_from(
    [
        "21/Nov/2026:17:23:25 +0000",
        "21/Nov/2026:17:23:59 +0000",
        "22/Nov/2026:02:24:00 +0900",
        "-",
        "21/Nom/2026:17:23:25 +0000",
    ]
)
WORDS = st.sampled_from(
    [
        "-",
        "",
        "a",
        "x y",
        "é",
        "日本",
        r"\"",
        r"a\\",
        r"\x22",
        "a'b",
        "%",
        "_",
        "[x]",
        "\t",
        "\x00",
        "\x1f",
        "\x01",
        "\r",
        "\x0b",
        "GET",
    ]
)
REQUESTS = st.sampled_from(
    [
        "GET /a?b=c HTTP/1.1",
        "GET /a HTTP/1.1",
        "POST /a/b?x=y?z HTTP/2.0",
        "-",
        "",
        "GET /",
        r"\x16\x03\x01",
        "GET /a b HTTP/1.1",
        "GET  /a",
    ]
)
NUMBERS = st.sampled_from(["200", "499", "500", "-", "0", "0.3", "0.300", "0.301", "abc", "1e3", " 200", "NaN"])
ENDS = st.sampled_from(["\n", "\n", "\n", "\r\n", "\n\n", ' "more"\n', " 0.5\n", "  \n"])
NOISE = st.sampled_from(
    [b"garbage\n", b'"\n', b'""""\n', b"\xff\xfe\n", b"\x00\x00\n", b" \n", b"{}\n", b"\\\n", b"-\n", b"\r\r\n"]
)
CUTS = st.lists(st.integers(0, 99), max_size=3)
combined = st.builds(
    lambda user, time, request, status, size, referer, agent, end: (
        f'10.0.0.1 - {user} [{time}] "{request}" {status} {size} "{referer}" "{agent}"{end}'.encode()
    ),
    st.sampled_from(["-", "joe", "j k", ""]),
    TIMES,
    REQUESTS,
    NUMBERS,
    NUMBERS,
    WORDS,
    WORDS,
    ENDS,
)


@usual
@given(st.lists(combined | combined | NOISE, min_size=1, max_size=12), CUTS)
def test_combined_lines(lines: list[bytes], cuts: list[int]) -> None:
    names = ("status", "bytes", "method", "path", "query", "protocol", "referer", "user_agent", "remote_user")
    check(source("nginx"), b"".join(lines), cuts, combined_record, questions(*names))


alb = st.builds(
    lambda time, phases, status, request, agent, rest, end: (
        f"h2 {time} app/lb/1 10.0.0.1:80 10.0.0.2:8080 {phases} {status} 200 5 7 "
        f'"{request}" "{agent}" - - arn:x "Root=1-2"{rest}{end}'
    ).encode(),
    st.sampled_from(["2026-11-21T17:23:25.186641Z", "2026-11-21T17:24:00.000000Z", "-", "x"]),
    st.sampled_from(["0.1 0.1 0.1", "0.000 0.3 0.000", "-1 -1 -1", "0.1 0.201 0.0", "0.1 x 0.1"]),
    st.sampled_from(["200", "503", "-", "460"]),
    st.sampled_from(
        [
            "GET https://h:443/a?b=c HTTP/1.1",
            "GET http://h:80/a HTTP/2.0",
            "- http://h:80- -",
            "GET https://h:443/ HTTP/1.1",
            "-",
        ]
    ),
    WORDS.filter(lambda word: "\\" not in word),
    st.sampled_from(
        [
            "",
            ' "d" "arn:c" 0 2026-11-21T17:23:25.0Z "forward" "-" "-" "1.2.3.4:80" "200" "-" "-"',
            ' "d" "-" 1',
            ' "d" "c" 1 t "f" "-" "-" "1:2" "200" "-" "-" TID_1 "new" 5',
        ]
    ),
    st.sampled_from(["\n", "\r\n"]),
)


@usual
@given(st.lists(alb | alb | NOISE, min_size=1, max_size=12), CUTS)
def test_lines_of_a_load_balancer(lines: list[bytes], cuts: list[int]) -> None:
    names = ("status", "duration", "method", "path", "query", "protocol", "user_agent", "client_ip")
    check(source("alb"), b"".join(lines), cuts, alb_record, questions(*names))


FIELDS = st.sampled_from(
    [
        "",
        "a",
        '"x y"',
        '"é, ""q"""',
        '"',
        'a"b',
        "x y",
        "日本",
        '"a',
        "\x1f",
        '""',
        " a ",
        "'",
        '"a"b',
        "GET",
        "\x00",
        "500",
        "0.3",
        "200",
    ]
)
records = st.builds(
    lambda *fields: ",".join(fields).encode(),
    st.sampled_from(
        ["2026-11-21T17:23:25Z", '"2026-11-21T17:23:25Z"', "2026-11-21 17:24:00+00:00", "1795281805", "", "x"]
    ),
    FIELDS,
    FIELDS,
    FIELDS,
)
broken_records = st.sampled_from(
    [b"", b"a,b", b"1,2,3,4,5", b"\xff,1,2,3", b'"2026,1,2,3', b" ", b"\x00", b'2026-11-21T17:23:25Z,"x', b",,,"]
)


@usual
@given(
    st.lists(st.tuples(records | records | broken_records, st.sampled_from([b"\n", b"\n", b"\r\n"])), max_size=12),
    st.sampled_from([b"", b"\xef\xbb\xbf"]),
    CUTS,
)
def test_csv(lines: list[tuple[bytes, bytes]], mark: bytes, cuts: list[int]) -> None:
    header = ("time", "status", "code", "duration")
    data = mark + b"time,status,code,duration\n" + b"".join(line + end for line, end in lines)
    check(source("csv"), data, cuts, lambda line: csv_record(line, header), questions("status", "code", "duration"))
