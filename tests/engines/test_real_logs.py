"""Real logs, counted by kakeibo and by a few lines of Python of their own."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest
from tests.oracle.site import Site

from kakeibo.app.check import read
from kakeibo.app.pipeline import Ingest, Summary
from kakeibo.clock import minute_of
from kakeibo.store import open_store

DATA = Path(__file__).parents[1] / "data"


def ingest(site: Site, name: str) -> Summary:
    site.log.write_bytes((DATA / name).read_bytes())
    return site.ingest()


def book(source: str, valid: str, good: str) -> str:
    slo = f'{{title: J, source: web, valid: "{valid}", slos: {{ok: {{good: "{good}", target: 90%}}}}}}'
    return f"sources: {{web: {{path: logs/*.log, {source}}}}}\njourneys: {{j: {slo}}}\n"


def test_ten_thousand_lines_of_apache(tmp_path: Path) -> None:
    site = Site(tmp_path, book("type: nginx", "path like '/blog%' and method = 'GET'", "status < 400"))
    ingest(site, "apache_access.log")
    truth: Counter[tuple[int, bool]] = Counter()
    for line in (DATA / "apache_access.log").read_text("utf-8").splitlines():
        found = re.search(r'\[(.*?)\] "(\S+) ([^ ?"]*)[^"]*" (\d+)', line)
        assert found
        time, method, path, status = found.groups()
        if method == "GET" and path.startswith("/blog"):
            truth[minute_of(datetime.strptime(time, "%d/%b/%Y:%H:%M:%S %z")), int(status) < 400] += 1
    assert truth.total() > 1_000
    assert site.counted() == truth
    assert site.delivered() == (10_000, 1)  # one line is cut off in its user agent


def graphql(tmp_path: Path, good: str, is_good: Callable[[dict[str, object]], bool]) -> None:
    fields = "fields: {error: error_code, duration: req_time}"
    site = Site(tmp_path, book(f"type: nginx-json, {fields}", "operation <> 'GetCart'", good))
    ingest(site, "nginx_graphql.jsonl")
    truth: Counter[tuple[int, bool]] = Counter()
    for line in (DATA / "nginx_graphql.jsonl").read_text("utf-8").splitlines():
        record = json.loads(line)
        if record["operation"] != "GetCart":
            truth[minute_of(datetime.fromisoformat(record["time"])), is_good(record)] += 1
    assert site.counted() == truth
    assert {good for _, good in truth} == {True, False}
    assert site.delivered() == (300, 0)


def test_errors_behind_status_200(tmp_path: Path) -> None:
    graphql(tmp_path, "status < 500 and error = ''", lambda r: int(str(r["status"])) < 500 and r["error_code"] == "")


def test_slow_requests(tmp_path: Path) -> None:
    graphql(tmp_path, "duration <= 0.08", lambda r: float(str(r["req_time"])) <= 0.08)


def test_jobs_over_their_retries(tmp_path: Path) -> None:
    """One job may have several lines; it is good when it was done in the end, and in time."""
    site = Site(tmp_path, book("type: sidekiq, deadline: 1d", "true", "status = 'done'"))
    ingest(site, "sidekiq_jobs.jsonl")
    jobs: dict[str, list[dict[str, str]]] = {}
    lines = (DATA / "sidekiq_jobs.jsonl").read_text("utf-8").splitlines()
    for line in lines:
        jobs.setdefault(json.loads(line)["jid"], []).append(json.loads(line))
    truth: Counter[tuple[int, bool]] = Counter()
    for executions in jobs.values():
        ends = [e for e in executions if e["status"] in ("done", "dead")]
        if ends:
            truth[minute_of(datetime.fromisoformat(ends[0]["completed_at"])), ends[0]["status"] == "done"] += 1
        else:  # the log ends before the job: it is late by now
            due = min(datetime.fromisoformat(e["enqueued_at"]) for e in executions)
            truth[minute_of(due) + 24 * 60, False] += 1
    late = {key: n for key, n in truth.items() if key not in site.counted()}
    assert site.counted() == truth - Counter(late)
    assert site.delivered() == (33, 0)
    assert len(jobs) < 33


def test_the_own_log_of_sidekiq_is_refused_helpfully(tmp_path: Path) -> None:
    site = Site(tmp_path, book("type: sidekiq", "true", "status = 'done'"))
    summary = ingest(site, "sidekiq_process.log")
    assert site.delivered() == (60, 60)
    assert site.counted() == Counter()
    assert any("the middleware in docs/sources.md does" in reason for reason in summary.reasons)


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("nginx", "nginx_graphql.jsonl"),
        ("ndjson", "apache_access.log"),
        ("alb", "apache_access.log"),
        ("sidekiq", "apache_access.log"),
    ],
)
def test_in_another_format(tmp_path: Path, kind: str, name: str) -> None:
    """A log of the wrong kind: every line is rejected with a reason, none is lost, none is counted."""
    site = Site(tmp_path, book(f"type: {kind}", "true", "status is null"))
    summary = ingest(site, name)
    lines = len((DATA / name).read_bytes().splitlines())
    assert site.delivered() == (lines, lines)
    assert site.counted() == Counter()
    assert sum(summary.reasons.values()) == summary.rejected == lines


def test_counts_do_not_depend_on_the_pass(tmp_path: Path) -> None:
    """The Apache log, a piece at a time, cut in the middle of lines."""
    data = (DATA / "apache_access.log").read_bytes()[:200_000]
    good = "status < 400 and user_agent not like '%bot%'"
    whole, growing = (Site(tmp_path / name, book("type: nginx", "true", good)) for name in "ab")
    whole.log.write_bytes(data)
    whole.ingest()
    the_book = None
    for end in range(0, len(data) + 30_001, 30_001):
        growing.log.write_bytes(data[:end])
        if the_book is None:
            the_book, _ = read(growing.folder / "kakeibo.yaml")
            store = open_store(growing.store)
            ingest_ = Ingest(the_book, store, the_book.sources["web"])
        ingest_.run()
    ingest_.close()
    store.close()
    assert growing.counted() == whole.counted()
    assert growing.delivered() == whole.delivered()
