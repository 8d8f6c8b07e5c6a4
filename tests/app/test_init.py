"""kakeibo init: from any log to a book that can be checked, counted and reported."""

from __future__ import annotations

import gzip
import json
import re
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.app.conftest import Site
from tests.sources.made_logs import LOGS, N, write

from kakeibo import i18n
from kakeibo.app import starting
from kakeibo.app.check import read
from kakeibo.errors import KakeiboError

DATA = Path(__file__).parents[1] / "data"
REAL = ("apache_access.log", "nginx_graphql.jsonl", "sidekiq_jobs.jsonl")


@pytest.fixture
def empty(site: Site, monkeypatch: pytest.MonkeyPatch) -> Site:
    """A folder without a book, on a machine whose clock shows UTC."""
    monkeypatch.setenv("TZ", "UTC")
    (site.folder / "kakeibo.yaml").unlink()
    return site


def book_of(site: Site) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((site.folder / "kakeibo.yaml").read_text(encoding="utf-8"))
    return found


def judged(site: Site) -> list[tuple[str, int, int]]:
    """What the report says: (objective, valid, good)."""
    report = json.loads(site.run("report", "--at", "latest", "--json").out)
    return sorted((row["slo"], row["valid"], row["good"]) for row in report["slos"])


def proposed(logs: Sequence[Path], book: Path) -> list[tuple[str, int, int]]:
    """What the proposal says: (objective, events, good)."""
    found = starting.propose(logs, book, bar=False).found
    return sorted(
        (f"{journey.key}/{objective.sli}", objective.events, objective.good_events)
        for findings in found
        for journey in findings.journeys
        for objective in journey.objectives
    )


def check_all_the_way(site: Site, *logs: Path) -> None:
    """The proposed book is valid, counts every line, and its report has the very numbers of the proposal."""
    assert site.run("init", *map(str, logs)).code == 0
    checked = site.run("check")
    assert checked.code == 0, checked.out
    told = [line for line in checked.out.splitlines()[:-1] if "no runbook" not in line]
    assert [line for line in told if not line.startswith("note: ")] == []
    counted = site.run("ingest")
    assert counted.code == 0, counted.out
    assert judged(site) == proposed(logs, site.folder / "kakeibo.yaml")


@pytest.mark.parametrize("name", LOGS)
def test_every_format_all_the_way(empty: Site, name: str) -> None:
    check_all_the_way(empty, write(empty.folder, name))


@pytest.mark.parametrize("name", REAL)
def test_real_logs_all_the_way(empty: Site, name: str) -> None:
    shutil.copy(DATA / name, empty.folder)
    check_all_the_way(empty, empty.folder / name)


def test_several_logs_make_one_book(empty: Site) -> None:
    logs = [write(empty.folder, "combined.log"), *(empty.folder / name for name in REAL[1:])]
    for log in logs[1:]:
        shutil.copy(DATA / log.name, log)
    check_all_the_way(empty, *logs)
    book = book_of(empty)
    assert list(book["sources"]) == ["web", "web-2", "jobs"]
    assert [journey["source"] for journey in book["journeys"].values()] == ["web", "web", "web-2", "jobs"]
    assert sum(len(journey["slos"]) for journey in book["journeys"].values()) == 5


@pytest.mark.parametrize("name", LOGS)
def test_a_team_can_look_after_the_book(empty: Site, name: str) -> None:
    empty.run("init", str(write(empty.folder, name)))
    slos = [sli for journey in book_of(empty)["journeys"].values() for sli in journey["slos"]]
    assert 1 <= len(slos) <= 5


# -- what is proposed -----------------------------------------------------------------------------------------------


def test_operations_errors_and_limits(empty: Site) -> None:
    empty.run("init", str(write(empty.folder, "graphql.jsonl")))
    book = book_of(empty)
    assert book["sources"] == {"graphql": {"type": "ndjson", "path": "graphql.jsonl*"}}
    assert book["lists"] == {"system_codes": ["DB_DOWN"], "client_codes": ["NOT_FOUND"]}
    assert book["journeys"]["op0"] == {
        "title": {"en": "Op0", "ja": "「Op0」を利用できる"},
        "service": "my-service",
        "source": "graphql",
        "valid": "operation = 'Op0'",
        "slos": {
            "availability": {"good": "error not in system_codes", "target": "95%", "window": "28d"},
            "latency": {"good": "duration <= 0.5", "target": "97%", "window": "28d"},
        },
    }


def test_routes_leave_out_what_is_no_journey(empty: Site) -> None:
    empty.run("init", str(write(empty.folder, "combined.log")))
    text = (empty.folder / "kakeibo.yaml").read_text(encoding="utf-8")
    valid = [journey["valid"] for journey in book_of(empty)["journeys"].values()]
    assert valid == [
        "method = 'GET' and path like '/courses/%' and path not like '/courses/%/%'",
        "method = 'GET' and path = '/'",
        "method = 'GET' and path like '/courses/%/lessons/%'",
        "method = 'GET' and path = '/login'",
    ]
    assert re.search(r"# +85  pictures, styles, scripts and downloads", text)
    assert re.search(r"# +85  health checks and metrics", text)
    assert "# 172 events, 98.8% good: 2 failed, 97% would have allowed 5.1" in text


def test_error_codes_without_a_fault_get_an_example(empty: Site) -> None:
    lines: list[dict[str, object]] = [
        {"time": f"2026-11-21T17:{i % 60:02}:00Z", "operation": "A", "error": ["", "NOT_FOUND"][i % 2]}
        for i in range(99)
    ]
    empty.write("app.jsonl", *lines)
    assert empty.run("init", "logs/app.jsonl").code == 0
    text = (empty.folder / "kakeibo.yaml").read_text(encoding="utf-8")
    assert "system_codes: [INTERNAL]  # an example: none was seen yet" in text
    assert "client_codes: [NOT_FOUND]" in text


def test_texts_are_no_error_codes(empty: Site) -> None:
    lines = [{"time": "2026-11-21T17:00:00Z", "status": 200, "error": f"no user {i}", "path": "/a"} for i in range(60)]
    empty.write("app.jsonl", *lines)
    empty.run("init", "logs/app.jsonl")
    assert "lists" not in book_of(empty)


def test_a_time_without_a_zone_gets_the_organisations(empty: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Europe/Berlin")
    empty.run("init", str(write(empty.folder, "zoneless.csv")))
    book = book_of(empty)
    assert book["sources"]["zoneless"]["timezone"] == "Europe/Berlin"
    assert book["organisation"]["timezone"] == "Europe/Berlin"
    assert "times have no zone" in (empty.folder / "kakeibo.yaml").read_text(encoding="utf-8")


def test_unreadable_lines_are_told_and_allowed_for(empty: Site) -> None:
    path = write(empty.folder, "combined.log")
    with path.open("a") as file:
        file.write("garbage\n" * 30)
    told = empty.run("init", str(path))
    assert f"{N + 30} lines" in told.out
    assert "95% readable" in told.out
    assert book_of(empty)["sources"]["web"]["max_rejected"] == "5%"
    assert empty.run("ingest").code == 0


def test_everything_is_one_journey_where_nothing_tells_them_apart(empty: Site) -> None:
    empty.write("app.jsonl", *['{"time": "2026-11-21T17:00:00Z", "status": 200}'] * 60)
    check_all_the_way(empty, empty.folder / "logs/app.jsonl")
    (journey,) = book_of(empty)["journeys"].values()
    assert "valid" not in journey


def test_a_log_that_does_not_tell_how_it_went_is_refused(empty: Site) -> None:
    empty.write("app.jsonl", *['{"time": "2026-11-21T17:00:00Z", "message": "hello"}'] * 60)
    told = empty.run("init", "logs/app.jsonl")
    assert told.code == 1
    assert "not whether it went well" in told.err


ODD = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20),
    st.sampled_from(
        ["it's", 'say "x"', "100%", "a_b", "ログイン", "x: y #z", "\\", "null", "-", "{a}", "a\nb", "PlayVideo"]
    ),
)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(ODD, min_size=1, max_size=5, unique=True), st.booleans())
def test_odd_operations_and_paths_make_valid_books(tmp_path: Path, names: list[str], as_paths: bool) -> None:
    log, book = tmp_path / "app.jsonl", tmp_path / "kakeibo.yaml"
    fields = [{"path": f"/x/{name}/y"} if as_paths else {"operation": name} for name in names]
    lines = [json.dumps({"time": "2026-11-21T17:00:00Z", "status": 200, **f}) for f in fields for _ in range(10)]
    log.write_text("\n".join(lines) + "\n", encoding="utf-8")
    proposal = starting.propose([log], book, bar=False)
    starting.write(proposal, book)
    found, _ = read(book)
    assert found.journeys
    for findings in proposal.found:
        for journey in findings.journeys:
            assert found.journeys[journey.key].title == journey.title
            assert all(objective.events >= 10 for objective in journey.objectives)


# -- paths ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("names", "pattern"),
    [
        (["access.log"], "logs/access.log*"),
        (["access.log.1", "access.log.2.gz"], "logs/access.log*"),
        (["access-20261120.json", "access-20261121.json"], "logs/access*.json*"),
        (["access.2026-11-21.log.gz"], "logs/access*.log*"),
        (["my access [1].log"], "logs/my access [[]1].log*"),
        (["アクセス.log"], "logs/アクセス.log*"),
        (["100%.log"], "logs/100%.log*"),
    ],
)
def test_paths_find_rotated_logs(empty: Site, names: list[str], pattern: str) -> None:
    (empty.folder / "logs").mkdir()
    content = "\n".join(LOGS["combined.log"]).encode() + b"\n"
    for number, name in enumerate(names):
        part = content.replace(b"192.0.2.", b"198.51.%d." % number)
        (empty.folder / "logs" / name).write_bytes(gzip.compress(part) if name.endswith(".gz") else part)
    assert empty.run("init", *(f"logs/{name}" for name in names)).code == 0
    assert book_of(empty)["sources"]["web"]["path"] == pattern
    files = "1 file" if len(names) == 1 else f"{len(names)} files"
    assert re.search(rf"web: {N * len(names):,} new lines in {files}\b", empty.run("ingest").out)


def test_a_path_that_would_find_other_things_is_written_exactly(empty: Site) -> None:
    write(empty.folder, "combined.log")
    (empty.folder / "combined.log-notes.txt").write_text("what to do about it\n")
    empty.run("init", "combined.log")
    assert book_of(empty)["sources"]["web"]["path"] == "combined.log"


def test_logs_elsewhere_are_named_in_full(empty: Site, tmp_path_factory: pytest.TempPathFactory) -> None:
    log = write(tmp_path_factory.mktemp("elsewhere"), "combined.log")
    empty.run("init", str(log))
    assert book_of(empty)["sources"]["web"]["path"] == f"{log}*"


# -- the command ----------------------------------------------------------------------------------------------------


def test_an_existing_book_is_left_alone(empty: Site) -> None:
    write(empty.folder, "combined.log")
    (empty.folder / "kakeibo.yaml").write_text("mine", encoding="utf-8")
    told = empty.run("init", "combined.log")
    assert told.code == 1
    assert "--force" in told.err
    assert (empty.folder / "kakeibo.yaml").read_text(encoding="utf-8") == "mine"
    printed = empty.run("init", "combined.log", "--stdout")
    assert yaml.safe_load(printed.out)["sources"]["web"]["type"] == "nginx"
    assert (empty.folder / "kakeibo.yaml").read_text(encoding="utf-8") == "mine"
    assert empty.run("init", "combined.log", "--force").code == 0
    assert "web" in book_of(empty)["sources"]
    assert sorted(path.name for path in empty.folder.iterdir()) == ["combined.log", "kakeibo.yaml"]


def test_it_tells_what_was_seen_and_what_comes_next(empty: Site) -> None:
    write(empty.folder, "combined.log")
    (empty.folder / "my books").mkdir()
    told = empty.run("init", "combined.log", "--book", "my books")
    assert told.out.splitlines() == [
        "combined.log (nginx): 600 lines, Nov 21, 2026, 100% readable",
        "my books/kakeibo.yaml: 4 journeys, 4 objectives with provisional targets",
        "next, look it over and run:",
        "  kakeibo check --book 'my books/kakeibo.yaml'",
        "  kakeibo ingest --book 'my books/kakeibo.yaml'",
        "  kakeibo report --at latest --book 'my books/kakeibo.yaml'",
    ]
    assert empty.run("ingest", "--book", "my books/kakeibo.yaml").code == 0


def test_it_speaks_japanese(empty: Site) -> None:
    write(empty.folder, "combined.log")
    told = empty.run("init", "combined.log", "--lang", "ja")
    assert "600行" in told.out
    text = (empty.folder / "kakeibo.yaml").read_text(encoding="utf-8")
    book = book_of(empty)
    assert book["organisation"] == {"name": "（組織名）", "timezone": "Asia/Tokyo", "language": "ja"}
    assert book["journeys"]["home"]["title"] == {"en": "Open the top page", "ja": "トップページを開ける"}
    comments = re.findall(r"# (.*)", text)
    assert [c for c in comments if not re.search(r"[ぁ-ん]|[ァ-ヶ]|\d  GET", c)] == []
    assert i18n.language() == "en"


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["missing.log"], 1, "there is no file"),
        (["."], 1, "is a folder"),
        (["combined.log", "missing.log"], 1, "there is no file"),
        (["combined.log", "--book", "nowhere/book.yaml"], 1, "there is no folder nowhere"),
        ([], 2, "LOG"),
    ],
)
def test_wrong_use_gets_one_message(empty: Site, arguments: list[str], code: int, message: str) -> None:
    write(empty.folder, "combined.log")
    told = empty.run("init", *arguments)
    assert told.code == code
    assert message in told.err
    assert "Traceback" not in told.err
    assert not (empty.folder / "kakeibo.yaml").exists()


def test_a_name_that_is_no_text_is_refused(empty: Site) -> None:
    name = b"\xff.log".decode("utf-8", "surrogateescape")
    (empty.folder / name).write_text("\n".join(LOGS["combined.log"]))
    told = empty.run("init", name)
    assert told.code == 1
    assert "not in UTF-8" in told.err


def test_what_the_log_does_not_tell_is_said(empty: Site) -> None:
    line = '192.0.2.1 - - [21/Nov/2026:17:00:00 +0900] "POST /graphql HTTP/1.1" 200 5 "-" "Mozilla"'
    empty.write("access.log", *[line] * 60)
    empty.run("init", "logs/access.log")
    text = (empty.folder / "kakeibo.yaml").read_text(encoding="utf-8")
    assert "every operation of GraphQL hides behind one path" in text
    assert "nothing tells how long an event took" in text
    empty.run("init", "--force", str(write(empty.folder, "graphql.jsonl")))
    text = (empty.folder / "kakeibo.yaml").read_text(encoding="utf-8")
    assert "hides" not in text
    assert "how long" not in text


def test_methods_in_small_letters(empty: Site) -> None:
    line = '{"time": "2026-11-21T17:00:00Z", "status": 200, "path": "/a", "method": "get"}'
    log = empty.write("app.jsonl", *[line] * 60)
    check_all_the_way(empty, log)
    assert book_of(empty)["journeys"]["a"]["valid"] == "method = 'get' and path = '/a'"


def test_jobs_that_have_not_ended_yet_are_no_events(empty: Site) -> None:
    line = '{"jid": "%d", "class": "A", "status": "failed", "enqueued_at": "2026-11-21T17:00:00Z"}'
    empty.write("jobs.jsonl", *(line % i for i in range(9)))
    told = empty.run("init", "logs/jobs.jsonl")
    assert told.code == 1
    assert "no event that could be read" in told.err


BROKEN = st.one_of(
    st.binary(max_size=40),
    st.sampled_from(
        [
            b'{"time": 1e999}',
            b'{"time": {}}',
            b'{"": 1}',
            b'{"a.b": {"c": 2}}',
            b"[]",
            b"null",
            b'"',
            b",,,",
            b"\t",
            b"=",
        ]
    ),
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.sampled_from(list(LOGS)),
    st.lists(st.tuples(st.integers(0, 29), st.integers(0, 200), BROKEN), max_size=40),
    st.integers(0, 30),
)
def test_whatever_a_log_holds_the_answer_is_a_valid_book_or_one_message(
    tmp_path: Path, name: str, changes: list[tuple[int, int, bytes]], kept: int
) -> None:
    lines = [line.encode() for line in LOGS[name][:kept]] + [b""] * (30 - kept)
    for number, place, text in changes:
        lines[number] = lines[number][:place] + text + lines[number][place + len(text) :]
    log, book = tmp_path / name, tmp_path / "kakeibo.yaml"
    log.write_bytes(b"\n".join(lines))
    refused: KakeiboError | None = None
    try:
        starting.write(starting.propose([log], book, bar=False), book)
    except KakeiboError as error:
        refused = error
    if refused is None:
        found, _ = read(book)
        assert found.journeys
    else:
        assert refused.message
        assert refused.mend
