"""Paths -> conditions: what goes together, and that a condition means its path and nothing else."""

from __future__ import annotations

import duckdb
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from kakeibo.app.routes import condition, grouped, left_out
from kakeibo.engines.surveys import VARIABLE, Route
from kakeibo.predicates import parse

SEGMENT = st.text(
    st.characters(codec="utf-8", exclude_characters="/?\x1f", exclude_categories=["Cc", "Cs", "Z"]), max_size=8
)
ODD = st.one_of(SEGMENT, st.sampled_from(["100%", "a_b", "it's", 'say"', "back\\slash", "動画", "#x: y", "%_%", "{a}"]))
PARTS = st.lists(st.one_of(ODD, st.just(VARIABLE)), min_size=1, max_size=4)


def route(path: str, events: int = 1, method: str = "GET", queried: int = 0) -> Route:
    return Route(method, path, events, 0, queried)


def holds(text: str, **columns: str) -> bool:
    """What DuckDB says of an expression, once it has been accepted."""
    made = ", ".join(f'? AS "{column}"' for column in columns)
    row = duckdb.execute(f"SELECT {parse(text, {}).sql} FROM (SELECT {made})", list(columns.values())).fetchone()
    assert row is not None
    return bool(row[0])


@settings(max_examples=60, deadline=None)
@given(PARTS, st.lists(ODD.filter(bool), min_size=4, max_size=4), st.booleans(), st.sampled_from(["", "?a=1"]))
def test_a_condition_holds_for_its_own_paths(parts: list[str], values: list[str], queried: bool, query: str) -> None:
    template = "/" + "/".join(parts)
    path = "/" + "/".join(value if part == VARIABLE else part for part, value in zip(parts, values, strict=False))
    assume(queried or not query)
    text = condition(route(template, queried=int(queried)), [], path="path", method="method", request=False)
    assert holds(text, path=path + query, method="GET")
    assert not holds(text, path=path + query, method="POST")
    whole = condition(route(template), [], path="request", method=None, request=True)
    assert holds(whole, request=f"GET {path}{query} HTTP/1.1")
    assert not holds(whole, request=f"POST {path}{query} HTTP/1.1")


@settings(max_examples=60, deadline=None)
@given(st.lists(ODD, min_size=1, max_size=3), ODD)
def test_a_fixed_path_holds_for_no_other(parts: list[str], other: str) -> None:
    path = "/" + "/".join(parts)
    assume("/" + other != path)
    text = condition(route(path), [], path="path", method=None, request=False)
    assert not holds(text, path="/" + other)
    assert not holds(text, path=path + "x")


def test_conditions_are_written_as_people_would() -> None:
    def said(path: str, *others: str, queried: int = 0, method: str | None = "method") -> str:
        return condition(
            route(path, queried=queried), [route(o) for o in others], path="path", method=method, request=False
        )

    x = VARIABLE
    assert said("/login") == "method = 'GET' and path = '/login'"
    assert said("/login", method=None) == "path = '/login'"
    assert said(f"/courses/{x}") == "method = 'GET' and path like '/courses/%'"
    assert said(f"/user_pages/{x}") == "method = 'GET' and starts_with(path, '/user_pages/')"
    assert said(f"/a_b/{x}/c") == r"method = 'GET' and path like '/a\_b/%/c' escape '\'"
    assert said(f"/courses/{x}", f"/courses/{x}/lessons/{x}") == (
        "method = 'GET' and path like '/courses/%' and path not like '/courses/%/%'"
    )
    assert said("/s", queried=3) == "method = 'GET' and (path = '/s' or starts_with(path, '/s?'))"
    assert said("/s", queried=3, method=None) == "path = '/s' or starts_with(path, '/s?')"


def test_deeper_paths_are_not_taken_in_by_mistake() -> None:
    x = VARIABLE
    lessons = route(f"/courses/{x}/lessons/{x}")
    text = condition(route(f"/courses/{x}"), [lessons], path="path", method=None, request=False)
    assert holds(text, path="/courses/12")
    assert not holds(text, path="/courses/12/lessons/3")
    whole = condition(route(f"/courses/{x}"), [lessons], path="request", method=None, request=True)
    assert holds(whole, request="GET /courses/12 HTTP/1.1")
    assert holds(whole, request="GET /courses/12?q=1/2 HTTP/1.1")
    assert not holds(whole, request="GET /courses/12/lessons/3 HTTP/1.1")
    assert not holds(whole, request="GET /courses/12/lessons/3?q=1 HTTP/1.1")


def test_folders_with_many_things_in_them_are_one_route() -> None:
    found = grouped([route(f"/blog/post-{chr(97 + i)}.html", 10) for i in range(20)] + [route("/about", 50)])
    assert [(r.path, r.events) for r in found] == [(f"/blog/{VARIABLE}", 200), ("/about", 50)]


def test_folders_with_few_things_or_a_dominant_one_stay_apart() -> None:
    few = [route(f"/api/{name}", 10) for name in ("users", "orders", "items")]
    assert len(grouped(few)) == 3
    dominated = [route(f"/app/{chr(97 + i)}", 1) for i in range(20)] + [route("/app/start", 1_000)]
    assert len(grouped(dominated)) == 21


@given(st.lists(st.tuples(PARTS, st.integers(1, 100)), max_size=60))
def test_grouping_loses_no_event(paths: list[tuple[list[str], int]]) -> None:
    routes = [route("/" + "/".join(parts), n) for parts, n in paths]
    found = grouped(routes)
    assert sum(r.events for r in found) == sum(n for _, n in paths)
    assert [r.events for r in found] == sorted((r.events for r in found), reverse=True)


def test_what_is_left_out() -> None:
    reasons = left_out()

    def why(path: str) -> str | None:
        return next(
            (
                reason
                for reason, p in reasons.items()
                if duckdb.execute("SELECT regexp_matches(?, ?)", [path, p]).fetchall() == [(True,)]
            ),
            None,
        )

    assert why("/css/a.css") == why("/logo.PNG") == "pictures, styles, scripts and downloads"
    assert why("/robots.txt") == why("/blog/feed/") == why("/sitemap-1.xml") == "robots, feeds and site maps"
    assert why("/healthz") == why("/metrics") == "health checks and metrics"
    assert why("/.env") == why("/a/.git/config") == why("/phpmyadmin/") == "scanners looking for holes"
    for path in ("/", "/login", "/index.php", "/courses/1", "/api/status/5", "/updates", "/feedback", "/a.b/c"):
        assert why(path) is None
