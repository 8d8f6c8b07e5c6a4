"""A metrics server as its user meets it: ingest, report, audit, explain; interrupted, counted again, unreachable."""

from __future__ import annotations

import json
import threading
import zipfile
from collections.abc import Callable, Iterator
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from tests.app.conftest import Site
from tests.prometheus_server import serving, write_history

from kakeibo import clock, ledger
from kakeibo.app import incident_series, metrics
from kakeibo.app.check import read
from kakeibo.app.metrics import MetricsIngest
from kakeibo.store import Store, open_store

NOW = clock.minute_of(clock.now())
BEGIN = NOW - 4 * 60
BOOK = """\
organisation: {{name: Testers, timezone: Asia/Tokyo, language: en}}
services: {{web: {{runbook: "https://wiki.example/web"}}}}
sources: {{metrics: {{type: prometheus, url: "{url}"}}}}
journeys:
  play:
    title: Play
    service: web
    source: metrics
    valid: web_total
    slos:
      availability: {{good: 'web_total{{code="200"}}', target: 90%, window: 1d}}
      by-query:
        valid: 'sum(increase(web_total[$window]))'
        bad: 'sum(increase(web_total{{code="500"}}[$window]))'
        target: 90%
        window: 1d
"""


def history() -> dict[str, list[tuple[float, float | str]]]:
    """Each minute 4 events, one of them bad; nothing is scraped in the second hour."""
    found: dict[str, list[tuple[float, float | str]]] = {}
    for code, each in (("200", 3), ("500", 1)):
        there = [n for n in range(240) if not 60 <= n < 120]
        samples: list[tuple[float, float | str]] = [
            ((BEGIN + n) * 60 + 15.0 * k, n * each + (each if k else 0)) for n in there for k in range(4)
        ]
        found[f'web_total{{job="web",instance="a",code="{code}"}}'] = samples
    return found


@pytest.fixture(scope="module")
def prometheus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("prometheus")
    write_history(folder, history())
    with serving(folder) as address:
        yield address


@pytest.fixture
def metered(site: Site, prometheus: str) -> Site:
    (site.folder / "kakeibo.yaml").write_text(BOOK.format(url=prometheus), encoding="utf-8")
    return site


def test_from_the_server_to_the_report(metered: Site) -> None:
    told = metered.run("ingest")
    assert told.code == 0, told
    assert "nothing was scraped in" in told.out
    rows = json.loads(metered.run("report", "--json", "--at", "latest").out)["slos"]
    play = next(row for row in rows if row["slo"] == "play/availability")
    minutes = 240 - 2  # those that were over
    assert abs(play["valid"] - 4 * minutes) <= 16
    assert abs(play["bad"] - minutes) <= 4
    assert metered.run("ingest").out.startswith("metrics: nothing new") or clock.minute_of(clock.now()) != NOW


def test_explain_and_audit_show_what_the_server_has(metered: Site) -> None:
    metered.run("ingest")
    told = metered.run("explain", "play/availability")
    assert "web_total (2 series)" in told.out
    assert "good: 3, bad: 1" in told.out
    found = json.loads(metered.run("explain", "play/availability", "--json").out)
    assert {(minute["good"], minute["bad"]) for minute in found["minutes"]} >= {(3, 1)}
    audit = metered.run("audit")
    assert audit.code == 0
    assert "nothing was scraped in" in audit.out
    assert "both queries find something" in audit.out


def test_audit_tells_which_query_finds_nothing(metered: Site, prometheus: str) -> None:
    book = (
        BOOK.format(url=prometheus)
        .replace('code="200"', 'code="2oo"')
        .replace("valid: 'sum(increase(web_total", "valid: 'sum(increase(wep_total")
    )
    (metered.folder / "kakeibo.yaml").write_text(book, encoding="utf-8")
    told = metered.run("audit")
    assert told.code == 1
    assert "good: finds nothing in the last hour, so that every event is bad" in " ".join(told.out.split())
    assert "valid: finds nothing in the last hour" in told.out


def totals(store: Store, at: int) -> dict[str, tuple[int, int]]:
    [sums] = ledger.sums(store, {(0, at)}).values()
    return {slo: (count.good, count.bad) for slo, count in sums.items()}


def ingest(site: Site, store: Store, source: str = "metrics") -> MetricsIngest:
    book, _ = read(site.folder / "kakeibo.yaml")
    return MetricsIngest(book, store, book.sources[source])


def test_stopped_at_any_posting_it_goes_on_where_it_was(
    metered: Site, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(metrics, "STRETCH", 7)
    now = clock.moment_of(NOW)

    class PowerCutError(Exception):
        """Between two postings."""

    posted = 0

    def pull(_more: int) -> None:
        nonlocal posted
        posted += 1
        if posted % 5 == 0:
            raise PowerCutError

    for _ in range(100):
        with ingest(metered, store) as one:
            try:
                one.run(pull, now=now)
                break
            except PowerCutError:
                continue
    assert posted > 20
    stopped = totals(store, NOW)
    ledger.forget(store, "metrics", list(stopped), ledger.cursor(store, "metrics").version)
    monkeypatch.setattr(metrics, "STRETCH", 120)
    with ingest(metered, store) as one:
        one.run(now=now)
    assert totals(store, NOW) == stopped


def test_of_two_at_once_each_minute_is_counted_once(metered: Site, store: Store) -> None:
    now = clock.moment_of(NOW)
    with ingest(metered, store) as one, ingest(metered, store) as other:
        one.run(lambda _more: [other.run(now=now)].clear(), now=now)
    both = totals(store, NOW)
    ledger.forget(store, "metrics", list(both), ledger.cursor(store, "metrics").version)
    with ingest(metered, store) as alone:
        alone.run(now=now)
    assert totals(store, NOW) == both
    assert both["play/availability"][0] > 600


def test_it_is_counted_again_where_the_server_still_has_it(metered: Site, tmp_path: Path) -> None:
    metered.run("ingest")
    assert metered.run("ingest", "--recount").code == 0
    with serving(tmp_path / "empty") as empty:
        (metered.folder / "kakeibo.yaml").write_text(BOOK.format(url=empty), encoding="utf-8")
        told = metered.run("ingest", "--recount")
    assert told.code != 0
    assert "cannot be counted again" in told.err
    assert "keep the counts as they are" in told.err


def test_a_source_of_another_name_does_not_count_twice(metered: Site, prometheus: str) -> None:
    metered.run("ingest")
    book = BOOK.format(url=prometheus).replace("metrics:", "numbers:").replace("source: metrics", "source: numbers")
    (metered.folder / "kakeibo.yaml").write_text(book, encoding="utf-8")
    told = metered.run("ingest")
    assert told.code == 1
    assert "would count twice" in told.err


ANSWERS: dict[str, tuple[int, str, str, str]] = {
    "html": (200, "text/html", "<html>Welcome</html>", "does not answer like Prometheus"),
    "other": (200, "application/json", '{"status":"success","data":[1]}', "does not answer like Prometheus"),
    "gone": (404, "text/plain", "404 page not found", "does not answer like Prometheus"),
    "broken": (502, "text/html", "<html>Bad gateway</html>", "answered with an error (502)"),
    "closed": (401, "text/plain", "no", "does not let us in (401)"),
    "moved": (302, "text/plain", "", "sends us on to http://elsewhere.example"),
    "query": (400, "application/json", '{"status":"error","errorType":"bad_data","error":"nope"}', "refused: nope"),
}


@pytest.fixture
def answering() -> Iterator[Callable[[str], str]]:
    """The address of a server that gives one of ANSWERS to whatever it is asked; it notes the headers."""
    running: list[ThreadingHTTPServer] = []

    def start(name: str) -> str:
        code, kind, body, _ = ANSWERS[name]

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                self.rfile.read(int(self.headers.get("Content-Length", 0)))
                self.send_response(code)
                self.send_header("Content-Type", kind)
                if code == 302:
                    self.send_header("Location", f"http://elsewhere.example{self.path}")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body.encode())

            do_GET = do_POST  # noqa: N815

            def log_message(self, *_: object) -> None:
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever).start()
        running.append(server)
        return f"http://127.0.0.1:{server.server_address[1]}"

    yield start
    for server in running:
        server.shutdown()
        server.server_close()


@pytest.mark.parametrize("name", ANSWERS)
def test_a_server_that_is_none_is_told_in_one_message(site: Site, answering: Callable[[str], str], name: str) -> None:
    log = "  log: {type: nginx, path: access.log}\n"
    (site.folder / "access.log").write_text("")
    book = BOOK.format(url=answering(name)).replace("sources: {metrics: ", "sources:\n" + log + "  metrics: ")
    book = book.replace('"}}\njourneys', '"}\njourneys')
    (site.folder / "kakeibo.yaml").write_text(book, encoding="utf-8")
    told = site.run("ingest")
    assert told.code == 1
    assert ANSWERS[name][3] in told.err
    assert "log: 0 new lines in 1 file\n" in told.out  # the other source goes on


def test_a_server_that_is_not_there(site: Site) -> None:
    (site.folder / "kakeibo.yaml").write_text(BOOK.format(url="http://127.0.0.1:9"), encoding="utf-8")
    told = site.run("ingest")
    assert told.code == 1
    assert "cannot be reached" in told.err
    assert "is url: right, and is the server running?" in told.err


def test_without_its_secret_nothing_is_asked(site: Site) -> None:
    book = BOOK.format(url="http://127.0.0.1:9").replace(':9"', ':9", token_env: NO_SUCH_TOKEN')
    (site.folder / "kakeibo.yaml").write_text(book, encoding="utf-8")
    told = site.run("ingest")
    assert "the environment variable NO_SUCH_TOKEN is not set" in told.err


MISTAKES = [
    ("type: prometheus, ", "type: prometheus, path: log, ", "a source of type prometheus has no path"),
    ('url: "', 'uri: "', "has no option uri"),
    ('url: "http://', 'url: "http://me:secret@', "a password does not belong in the book"),
    ('url: "http://', 'url: "ftp://', "that is no address"),
    ("type: prometheus, ", "type: prometheus, username: me, ", "username needs password_env"),
    ("type: prometheus, ", "type: prometheus, step: 7m, ", "step must divide an hour"),
    ("type: prometheus, ", "type: prometheus, history: long, ", "history must be a length of time"),
    ("valid: web_total", "valid: 'web_total{'", "that is not PromQL"),
    ("valid: web_total", "valid: rate(web_total[5m])", "neither a counter nor an expression"),
    ("valid: web_total", "valid: 'sum(rate(web_total[$window]))'", "rate() tells no number of events"),
    (
        "valid: web_total",
        "valid: 'sum(increase(web_total[$window]))'",
        "one query is a counter, the other an expression",
    ),
    ("valid: web_total", "void: web_total", "void: is for logs"),
    ("valid: web_total", "title: Play", "written twice"),
    ("{good: 'web", "{bad: x_total, good: 'web", "exclude each other"),
    ("availability: {good: 'web_total{code=\"200\"}', ", "availability: {", "the key 'good' is missing"),
]


@pytest.mark.parametrize(("instead_of", "written", "says"), MISTAKES, ids=lambda value: str(value)[:40])
def test_check_tells_what_is_wrong(site: Site, instead_of: str, written: str, says: str) -> None:
    book = BOOK.format(url="http://localhost:9090")
    assert instead_of in book
    (site.folder / "kakeibo.yaml").write_text(book.replace(instead_of, written, 1), encoding="utf-8")
    told = site.run("check")
    assert told.code == 1
    assert says in told.out
    assert "Traceback" not in told.err


def test_check_asks_nobody(site: Site) -> None:
    (site.folder / "kakeibo.yaml").write_text(BOOK.format(url="http://127.0.0.1:9"), encoding="utf-8")
    assert site.run("check").code == 0


def evidence(site: Site) -> tuple[dict[str, Any], dict[str, Any]]:
    """What the archive has of the server, and the manifest with `what` it says of that file."""
    assert site.run("incident", "evidence", "1", "--out", "evidence.zip").code == 0
    with zipfile.ZipFile(site.folder / "evidence.zip") as archive:
        manifest = json.loads(archive.read("manifest.json"))
        [manifest["what"]] = [one["what"] for one in manifest["files"] if one["name"] == "metrics/metrics.json"]
        return json.loads(archive.read("metrics/metrics.json")), manifest


def test_evidence_has_the_series_while_the_server_answers_and_the_counts_always(metered: Site) -> None:
    metered.run("ingest")
    began = clock.iso(BEGIN + 150)
    assert metered.run("incident", "open", "Play", "--about", "play", "--at", began).code == 0
    found, manifest = evidence(metered)
    assert (found["source"], found["error"], manifest["what"]) == (
        "metrics", None, "counts of its objectives, and the server's samples",
    )  # fmt: skip
    [availability, by_query] = found["objectives"]
    assert (availability["slo"], availability["good"]) == ("play/availability", 'web_total{code="200"}')
    assert [clock.iso(BEGIN + 150), 3, 1] in availability["counts"]
    assert by_query["bad"] == 'sum(increase(web_total{code="500"}[$window]))'
    asked = {one["query"]: one["series"] for one in found["queries"]}
    assert {query: len(series) for query, series in asked.items()} == {
        "web_total": 2,
        'web_total{code="200"}': 1,
        "sum(increase(web_total[1m]))": 1,
        'sum(increase(web_total{code="500"}[1m]))': 1,
    }
    [good] = asked['web_total{code="200"}']
    assert good["labels"] == {"__name__": "web_total", "code": "200", "instance": "a", "job": "web"}
    assert [f"{clock.iso(BEGIN + 150)[:-1]}.000Z", 450.0] in good["samples"]
    times = [at[:19] for at, _ in good["samples"]]
    assert (manifest["from"][:19] <= min(times), max(times) < manifest["to"][:19]) == (True, True)
    away = BOOK.format(url="http://127.0.0.1:9")
    (metered.folder / "kakeibo.yaml").write_text(away, encoding="utf-8")
    alone, manifest = evidence(metered)
    assert alone["objectives"] == found["objectives"]
    assert alone["queries"] == []
    assert "did not give its samples: " in manifest["what"]
    assert alone["error"] in manifest["what"]


def test_evidence_says_how_many_series_there_were_no_room_for(metered: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    metered.run("ingest")
    monkeypatch.setattr(incident_series, "MOST", 300)
    book = read(metered.folder / "kakeibo.yaml")[0]
    with closing(open_store(f"sqlite:///{metered.folder}/kakeibo.db")) as store:
        found = incident_series.series_of(book, store, book.sources["metrics"], (BEGIN + 120, BEGIN + 180))
    assert found is not None
    [web, *others] = found["queries"]
    assert (len(web["series"]), web["left_off"]) == (1, 1)
    assert all(one["left_off"] == 1 for one in others)
