"""Short forms as a user meets them: counted, reported, tried, adjusted, explained, checked."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tests.app.conftest import START, Site, event

from kakeibo.alerts.watch import Watch
from kakeibo.app.check import read
from kakeibo.app.report import report_of
from kakeibo.clock import minute_of
from kakeibo.store import open_store

BOOK = """\
organisation: {name: Testers, timezone: UTC, language: en}
lists: {ours: [DB], theirs: [USER]}
sources:
  web: {type: nginx-json, path: logs/*.json*, success: status < 500 and error not in ours}
journeys:
  import:
    title: Import
    source: web
    valid: operation = 'Import'
    slos:
      availability: {availability: true, target: 90%, window: 1d}
      latency: {latency: {300ms: 50%, 1s: 90%}, window: 1d}
      quality: {quality: agent = '', target: 50%, window: 1d}
      freshness: {freshness: 10m, target: 90%, window: 1d}
      throughput: {throughput: 2/10m, target: 50%, window: 1d}
"""
OTHERS = [event(minute, operation="Other") for minute in range(120)]
"""The source delivers something in each of 120 minutes."""


def imports(*minutes: float, **fields: object) -> list[dict[str, object]]:
    return [event(minute, operation="Import", **fields) for minute in minutes]


@pytest.fixture
def shop(site: Site) -> Site:
    (site.folder / "kakeibo.yaml").write_text(BOOK, encoding="utf-8")
    return site


def rows(site: Site, at: str = "latest") -> dict[str, Any]:
    report = site.run("report", "--at", at, "--json")
    assert report.code == 0, report.err
    return {row["slo"].removeprefix("import/"): row for row in json.loads(report.out)["slos"]}


def counts(site: Site, *names: str, at: str = "latest") -> list[tuple[int, int]]:
    found = rows(site, at)
    return [(found[name]["good"], found[name]["bad"]) for name in names]


def test_events_by_their_short_forms(shop: Site) -> None:
    shop.write("a.json", *imports(1, 2), *imports(3, status=502, request_time=0.001), *imports(4, error="DB"))
    shop.write("a.json", *imports(5, error="USER", request_time=0.5), *imports(6, request_time=2, agent="old"))
    shop.write("a.json", *imports(7, error="NEW"))
    assert shop.run("ingest").code == 0
    # Of seven, two failed and nobody knows of NEW: available are four of them, and these four were served.
    assert counts(shop, "availability", "latency-300ms", "latency-1s", "quality") == [(4, 3), (2, 2), (3, 1), (3, 1)]
    assert {name: row["sli_type"] for name, row in rows(shop).items()} == {
        "availability": "availability",
        "latency-300ms": "latency",
        "latency-1s": "latency",
        "quality": "quality",
        "freshness": "freshness",
        "throughput": "throughput",
    }


def test_silence_is_told_from_a_gap(shop: Site) -> None:
    shop.write("a.json", *OTHERS[:40], *OTHERS[80:])
    shop.write("a.json", *imports(5, 12, 15, 21, 88), *imports(30, status=500))
    assert shop.run("ingest").code == 0
    # The source delivered minutes 0-39 and 80-119; the first and the last may have come in part. Every minute is judged
    # by the ten up to it: 40-48 still look back on delivered ones, 49-79 on none.
    fresh = [minute for minute in range(10, 119) if any(0 <= minute - last < 10 for last in (5, 12, 15, 21, 88))]
    judged = [m for m in range(10, 119) if any(1 <= m - back < 40 or 80 <= m - back < 119 for back in range(10))]
    # Whole slices of ten minutes: 10-19 has two imports, 20-29 one, 30-39 only one that failed, 40-79 none of anything.
    assert counts(shop, "freshness", "throughput") == [(len(fresh), len(judged) - len(fresh)), (1, 5)]


def test_an_adjustment_is_a_gap_even_where_nothing_came(shop: Site) -> None:
    shop.write("a.json", *OTHERS, *imports(*range(0, 40, 4), *range(80, 120, 4)))
    assert shop.run("ingest").code == 0
    before = counts(shop, "throughput")
    period = ("--from", "2026-10-01T00:40:00Z", "--to", "2026-10-01T01:20:00Z")
    added = shop.run("adjust", "add", "import", *period, "--reason", "move", "--author", "Operations")
    assert added.code == 0, added.err
    assert before == [(6, 4)]
    assert counts(shop, "throughput") == [(6, 0)]
    assert shop.run("adjust", "revoke", "1", "--reason", "was not", "--author", "Operations").code == 0
    assert counts(shop, "throughput") == before


def test_what_was_not_counted_is_not_bad(shop: Site) -> None:
    """An objective that comes later has not missed what was read before."""
    (shop.folder / "kakeibo.yaml").write_text(
        BOOK.replace("      throughput: {throughput: 2/10m", "      # {"), "utf-8"
    )
    shop.write("a.json", *OTHERS, *imports(*range(0, 120, 4)))
    assert shop.run("ingest").code == 0
    (shop.folder / "kakeibo.yaml").write_text(BOOK, encoding="utf-8")
    assert rows(shop)["throughput"]["state"] == "no_data"
    assert shop.run("ingest").code == 0
    assert counts(shop, "throughput", "freshness") == [(0, 0), (109, 0)]
    assert shop.run("ingest", "--recount", "web").code == 0
    assert counts(shop, "throughput") == [(10, 0)]


def test_the_slice_that_is_still_being_read_is_not_judged(shop: Site) -> None:
    shop.write("a.json", *OTHERS[:25], *imports(11, 12, 20))
    assert shop.run("ingest").code == 0
    assert counts(shop, "throughput", at="2026-10-01T02:00:00Z") == [(1, 0)]
    shop.write("a.json", *OTHERS[25:31], *imports(26))
    assert shop.run("ingest").code == 0
    assert counts(shop, "throughput", at="2026-10-01T02:00:00Z") == [(2, 0)]


def test_every_letter_has_them(shop: Site) -> None:
    shop.write("a.json", *OTHERS, *imports(*range(0, 60, 4)))
    assert shop.run("ingest").code == 0
    report = shop.run("report", "--at", "latest", "--html", str(shop.folder / "report.html"))
    assert report.code == 0, report.err
    page = (shop.folder / "report.html").read_text(encoding="utf-8")
    assert "came to their end without an event for 10 minutes" in page
    assert "had fewer than 2 events" in page
    assert "The share of time in which at least so many events were processed." in page
    assert "speed 300ms" in page
    statement = json.loads(shop.run("statement", "--month", "2026-10", "--json").out)
    accounts = {account["slo"]: account for account in statement["slos"]}
    assert accounts["import/throughput"]["present"]["bad"] == 5
    tried = json.loads(shop.run("try", "import/freshness", "--targets", "50,99.9", "--json").out)
    assert len(tried["candidates"]) >= 2


def test_explain_shows_what_a_short_form_stands_for(shop: Site) -> None:
    shop.write("a.json", *OTHERS, *imports(1))
    shown = " ".join(shop.run("explain", "import/latency-300ms").out.split())
    assert "short form latency: 300ms" in shown
    assert "counts when (operation = 'Import') and (status < 500 and error not in ours)" in shown
    assert "goes well when request_time <= 0.3" in shown
    shown = " ".join(shop.run("explain", "import/freshness").out.split())
    assert "spans of 1 minute with 1 or more good events in the 10 minutes up to their end" in shown


def test_check_knows_what_cannot_be(shop: Site) -> None:
    shop.write("a.json", *OTHERS, *imports(5, 50, 51, 52, 110))
    assert shop.run("ingest").code == 0
    text = BOOK.replace("throughput: 2/10m", "throughput: 5/10m")
    (shop.folder / "kakeibo.yaml").write_text(text, encoding="utf-8")
    told = shop.run("check").out
    assert (
        "kakeibo.yaml:14:19: import/freshness: an event comes every 24 minutes on average, but one is asked for "
        "every 10 minutes; write a longer time"
    ) in told
    assert (
        "15:20: import/throughput: 5 events in 10 minutes are asked for, but there were never more than 3; "
        "write at most 3"
    ) in told
    assert "asked for" not in shop.run("check", "--store", f"sqlite:///{shop.folder}/other.db").out


def test_an_unknown_column_is_located_in_the_short_form(shop: Site) -> None:
    shop.write("a.json", *OTHERS)
    text = BOOK.replace("quality: agent = ''", "quality: agemt = ''")
    (shop.folder / "kakeibo.yaml").write_text(text, encoding="utf-8")
    told = shop.run("check")
    assert told.code == 1
    assert "kakeibo.yaml:13:26: source web has no column agemt; did you mean agent?" in told.out


def test_the_watch_says_what_the_report_says(shop: Site) -> None:
    """Minute after minute over the same watch, while events, adjustments and revocations come."""
    shop.write("a.json", *OTHERS[:60], *imports(*range(0, 30, 4)))
    assert shop.run("ingest").code == 0
    book, _ = read(shop.folder / "kakeibo.yaml")
    store = open_store(f"sqlite:///{shop.folder}/kakeibo.db")
    slos = [slo for slo in book.journeys["import"].slos if slo.method.slice_minutes]
    watch = Watch(store, slos)
    at = minute_of(START)

    def same(minute: int) -> None:
        watch.advance(minute)
        reported = report_of(book, store, minute).rows
        assert [watch.count(slo.name) for slo in slos] == [row.count for row in reported if row.unit == "slices"]

    same(at + 45)
    same(at + 46)
    assert watch.count("import/freshness").bad > 0
    period = ("--from", "2026-10-01T00:33:00Z", "--to", "2026-10-01T00:43:00Z")
    shop.run("adjust", "add", "import", *period, "--reason", "move", "--author", "Operations")
    same(at + 46)
    shop.write("a.json", *OTHERS[60:], *imports(70, 71))
    assert shop.run("ingest").code == 0
    same(at + 100)
    shop.run("adjust", "revoke", "1", "--reason", "was not", "--author", "Operations")
    same(at + 100)
    store.close()
