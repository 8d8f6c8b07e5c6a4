"""A survey's answers equal what plain Python counts."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.sources.made_logs import LOGS, N, write

from kakeibo.engines.surveys import VARIABLE, Asked, Route, Survey
from kakeibo.model import Source
from kakeibo.predicates import parse
from kakeibo.sources.kinds import reader

RUNGS = (0.1, 0.5, 1.0)
EVENTS = st.fixed_dictionaries(
    {
        "time": st.sampled_from(["2026-11-21T17:23:25Z", "2026-11-21T17:24:00Z"]),
        "path": st.sampled_from(["/", "/a?x=1", "/a", "/b/12", "/b/13?y", None]),
        "status": st.sampled_from([200, 404, 500, None]),
        "duration": st.sampled_from([0.05, 0.1, 0.11, 1, 7, None]),
    }
)


@contextmanager
def survey_of(lines: list[str], asked: Asked, kind: str = "ndjson") -> Iterator[Survey]:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "log"
        path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
        with Survey(reader(Source("log", kind, (), Path(folder), "UTC")), asked) as survey:
            survey.read([path])
            yield survey


@settings(max_examples=25, deadline=None)
@given(st.lists(EVENTS, min_size=1, max_size=30), st.integers(0, 3))
def test_counts_are_those_of_plain_python(events: list[dict[str, object]], broken: int) -> None:
    asked = Asked(("path",), "status", path="path", duration="duration", rungs=RUNGS)
    lines = [json.dumps(event) for event in events] + ["no json"] * broken
    with survey_of(lines, asked) as survey:
        assert (survey.lines, survey.readable) == (len(events) + broken, len(events))
        assert len(survey.minutes) == len({event["time"] for event in events})
        assert survey.events() == len(events)
        valid, good = parse("path = '/' or starts_with(path, '/b/')", {}), parse("status < 500", {})
        counted = [e for e in events if str(e["path"]).startswith("/b/") or e["path"] == "/"]
        well = [e for e in counted if e["status"] in (200, 404)]
        assert survey.count(valid, good) == (len(counted), len(well))
        times = [e["duration"] for e in counted if isinstance(e["duration"], (int, float))]
        assert survey.reached(valid) == [sum(time <= rung for time in times) for rung in RUNGS]
        paths = Counter(str(e["path"]).split("?")[0] for e in events if e["path"] is not None)
        routes, left_out = survey.routes(None, {"the first": "^/a$"})
        assert left_out == ({"the first": paths["/a"]} if paths["/a"] else {})
        assert {route.path: route.events for route in routes} == {
            path: n for path, n in (("/", paths["/"]), (f"/b/{VARIABLE}", paths["/b/12"] + paths["/b/13"])) if n
        }


def test_routes_tell_methods_missing_pages_and_queries(tmp_path: Path) -> None:
    asked = Asked(("path", "method"), "status", path="path")
    with Survey(reader(Source("log", "nginx", (), tmp_path)), asked) as survey:
        survey.read([write(tmp_path, "combined.log")])
        routes, _ = survey.routes("method", {})
    by_path = {route.path: route for route in routes}
    assert sum(route.events for route in routes) == N
    assert by_path["/courses/\x1f"].events == 2 * len([i for i in range(N) if i % 7 == 1])
    logins = [i for i in range(N) if i % 7 == 4]
    missing = [i for i in logins if i % 31 == 0 and i % 97 != 0]
    assert by_path["/login"] == Route("GET", "/login", len(logins), len(missing), 0)
    assert missing


def test_segments_that_name_one_thing_among_many_are_variable() -> None:
    varying = [
        "12", "2026-11-21", "1.2.3", "550e8400-e29b-41d4-a716-446655440000", "da39a3ee5e6b4b0d3255bfef95601890afd80709",
        "01ARZ3NDEKTSV4RRFFQ69G5FAV", "how-to-keep-an-account-book", "user42", "%E5%8B%95%E7%94%BB", "動画", "x" * 50,
    ]  # fmt: skip
    fixed = ["courses", "api", "v1", "terms-of-service", "index.html", "_status", "a%b", "accessibility", "cafe"]
    lines = [json.dumps({"time": "2026-11-21T17:00:00Z", "path": f"/x/{word}/y"}) for word in varying + fixed]
    with survey_of(lines, Asked(("path",), path="path")) as survey:
        routes, _ = survey.routes(None, {})
    assert Counter({route.path: route.events for route in routes}) == Counter(
        {f"/x/{VARIABLE}/y": len(varying), **{f"/x/{word}/y": 1 for word in fixed}}
    )


def test_whole_request_lines_are_cut(tmp_path: Path) -> None:
    asked = Asked(("request",), path="request", request=True)
    with Survey(reader(Source("log", "ndjson", (), tmp_path, options={"time": "time_local"})), asked) as survey:
        survey.read([write(tmp_path, "request.jsonl")])
        routes, _ = survey.routes(None, {})
    assert {(route.method, route.path) for route in routes} >= {("GET", "/"), ("GET", f"/courses/{VARIABLE}")}
    assert sum(route.queried for route in routes) == N // 3


def test_lines_that_the_engine_refuses_cost_one_line_each(tmp_path: Path) -> None:
    path = tmp_path / "access.log"
    lines = [line.encode() for line in LOGS["combined.log"]]
    path.write_bytes(b"\n".join([b"\xff\xfe broken", *lines[:300], b"x" * 3_000_000, *lines[300:]]) + b"\n")
    with Survey(reader(Source("log", "nginx", (), tmp_path)), Asked(("path",), "status", path="path")) as survey:
        survey.read([path])
        assert (survey.lines, survey.readable, survey.events()) == (N + 2, N, N)


def test_an_unbalanced_quote_does_not_swallow_lines() -> None:
    lines = ["time,path,status", '2026-11-21T17:00:00Z,"/a,200', *('2026-11-21T17:00:00Z,"/b",200' for _ in range(9))]
    with survey_of(lines, Asked(("path",), "status", path="path"), "csv") as survey:
        assert (survey.lines, survey.readable) == (10, 9)
        assert survey.values("path") == [("/b", 9)]


def test_jobs_are_gathered_over_logs(tmp_path: Path) -> None:
    def line(jid: str, status: str, hour: int, completed: int | None) -> str:
        times = {"enqueued_at": f"2026-11-21T{hour:02}:00:00Z"}
        if completed is not None:
            times["completed_at"] = f"2026-11-21T{completed:02}:00:30Z"
        return json.dumps({"jid": jid, "class": "MailJob", "status": status, **times})

    first, second = tmp_path / "1.log", tmp_path / "2.log"
    first.write_text(
        line("a", "done", 1, 1) + "\n" + line("b", "failed", 1, None) + "\n" + line("c", "failed", 1, None) + "\n"
    )
    second.write_text(line("b", "done", 1, 1) + "\n" + line("d", "done", 9, 9) + "\n")
    asked = Asked(("class", "status"), duration="latency", rungs=(30.0, 60.0))
    with Survey(reader(Source("log", "sidekiq", (), tmp_path)), asked) as survey:
        survey.read([first, second])
        assert dict(survey.values("status")) == {"done": 3, "unfinished": 1}
        assert survey.reached(parse("true", {})) == [3, 3]
        assert (survey.lines, survey.readable) == (5, 5)
