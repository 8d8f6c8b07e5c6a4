"""An edited book: what was counted before is told from what is counted now, and can be counted again."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from tests.app.conftest import BOOK, Site, event

from kakeibo import ledger
from kakeibo.app import ingesting
from kakeibo.app.cli.common import open_book
from kakeibo.store import Store, open_store, tables

AT = "2026-10-01T01:00Z"
SLOW = event(6, request_time=0.5)


def edit(site: Site, *changes: tuple[str, str]) -> None:
    path = site.folder / "kakeibo.yaml"
    text = path.read_text(encoding="utf-8")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    path.write_text(text, encoding="utf-8")


def latency(site: Site) -> dict[str, Any]:
    rows = json.loads(site.run("report", "--at", AT, "--json").out)["slos"]
    found: dict[str, Any] = next(row for row in rows if row["slo"] == "play-video/latency")
    return found


@contextmanager
def opened(site: Site, name: str = "kakeibo.db") -> Iterator[Store]:
    store = open_store(f"sqlite:///{site.folder / name}")
    yield store
    store.close()


def test_an_edited_expression_is_told_once_and_old_counts_stay(site: Site) -> None:
    site.write("access.json", event(1), SLOW)
    assert "definition" not in site.run("ingest").out
    edit(site, ("duration <= 0.3", "duration <=  0.6"))
    told = site.run("ingest").out
    assert (
        "play-video/latency has a new definition: lines counted before were judged by the earlier one "
        "(good: duration <= 0.3); `kakeibo ingest --recount web` counts all again"
    ) in told
    assert "availability" not in told
    assert "definition" not in site.run("ingest").out
    assert (latency(site)["good"], latency(site)["bad"]) == (1, 1)
    assert "definition" not in site.run("ingest", "--recount", "web").out
    assert (latency(site)["good"], latency(site)["bad"]) == (2, 0)
    assert latency(site)["redefined"] is None


def test_programs_are_told_too(site: Site) -> None:
    site.write("access.json", event(1))
    [source] = json.loads(site.run("ingest", "--json").out)["sources"]
    assert source["redefined"] == []
    edit(site, ("duration <= 0.3", "duration <= 0.6"))
    [source] = json.loads(site.run("ingest", "--json").out)["sources"]
    [change] = source["redefined"]
    assert (change["slo"], change["change"]) == ("play-video/latency", "changed")
    assert "good: duration <= 0.3" in change["earlier"]
    assert "good: duration <= 0.6" in change["present"]


def test_layout_target_window_and_owner_are_no_new_definition(site: Site) -> None:
    site.write("access.json", event(1))
    site.run("ingest")
    edit(
        site,
        ("duration <= 0.3", "duration<=0.3"),
        ("target: 50%, window: 1d", "target: 60%, window: 2d"),
        ("Player team", "Video team"),
    )
    assert json.loads(site.run("ingest", "--json").out)["sources"][0]["redefined"] == []
    assert (latency(site)["target"], latency(site)["window"], latency(site)["redefined"]) == (0.6, "2d", None)


def test_a_code_added_to_a_list_is_a_new_definition(site: Site) -> None:
    site.write("access.json", event(1, error="OTHER"))
    site.run("ingest")
    edit(site, ("client_codes: [BAD_INPUT]", "client_codes: [BAD_INPUT, OTHER]"))
    told = site.run("ingest").out
    assert "play-video/availability has a new definition" in told
    assert "(codes of other lists: BAD_INPUT)" in told
    assert "latency" not in told


def test_an_slo_added_to_a_log_already_read_is_new(site: Site) -> None:
    site.write("access.json", event(1))
    site.run("ingest")
    edit(site, ("    slos:\n", "    slos:\n      quality: {good: status < 400, target: 50%}\n"))
    assert "play-video/quality is new here: lines of web that were read before are not counted for it" in (
        site.run("ingest").out
    )
    assert "is new here" not in site.run("ingest", "--recount", "web").out
    rows = json.loads(site.run("report", "--at", AT, "--json").out)["slos"]
    assert [row["valid"] for row in rows] == [1, 1, 1]


def test_an_slo_that_was_renamed_starts_anew_and_its_old_counts_are_not_reported(site: Site) -> None:
    site.write("access.json", event(1))
    site.run("ingest")
    edit(site, ("      latency:", "      speed:"))
    assert "play-video/speed is new here" in site.run("ingest").out
    rows = {row["slo"]: row["valid"] for row in json.loads(site.run("report", "--at", AT, "--json").out)["slos"]}
    assert rows == {"play-video/availability": 1, "play-video/speed": 0}
    with opened(site) as store:
        [sums] = ledger.sums(store, [(0, 10**8)]).values()
    assert sums["play-video/latency"].good == 1


def test_a_source_taken_out_of_the_book_keeps_its_counts_and_goes_on_when_it_is_back(site: Site) -> None:
    site.write("access.json", event(1))
    site.run("ingest")
    (site.folder / "kakeibo.yaml").write_text(BOOK.split("sources:")[0] + OTHER, encoding="utf-8")
    site.write("jobs.ndjson", event(1))
    assert site.run("ingest").code == 0
    site.write("access.json", event(2))
    report = json.loads(site.run("report", "--at", AT, "--json").out)
    assert [row["slo"] for row in report["slos"]] == ["encode/success"]
    assert [source["source"] for source in report["sources"]] == ["jobs"]
    (site.folder / "kakeibo.yaml").write_text(BOOK, encoding="utf-8")
    told = site.run("ingest").out
    assert "web: 1 new line in" in told
    assert "definition" not in told
    assert latency(site)["valid"] == 2


OTHER = """\
sources:
  jobs: {type: ndjson, path: logs/*.ndjson}
journeys:
  encode:
    title: Encode
    source: jobs
    slos:
      success: {good: status < 500, target: 90%}
"""


def test_a_source_with_another_name_does_not_count_its_logs_twice(site: Site) -> None:
    site.write("access.json", event(1))
    site.run("ingest")
    edit(site, ("  web:", "  edge:"), ("source: web", "source: edge"))
    refused = site.run("ingest")
    assert refused.code == 1
    assert "was counted as source web before, and would count twice for play-video/" in refused.err
    assert latency(site)["valid"] == 1
    assert site.run("ingest", "--recount", "edge").code == 0
    assert latency(site)["valid"] == 1
    site.write("access.json", event(2))
    assert site.run("ingest").code == 0
    assert latency(site)["valid"] == 2


def test_a_journey_moved_to_another_log_says_so_and_adds_up(site: Site) -> None:
    site.write("access.json", event(1))
    site.run("ingest")
    edit(site, ("path: logs/*.json*,", "path: new/*.json,"), ("  web:", "  edge:"), ("source: web", "source: edge"))
    (site.folder / "new").mkdir()
    (site.folder / "new" / "a.json").write_text(json.dumps(event(2)) + "\n", encoding="utf-8")
    told = site.run("ingest")
    assert told.code == 0
    assert "play-video/latency is counted from edge now: what was counted from web before stays" in told.out
    assert latency(site)["valid"] == 2
    refused = site.run("ingest", "--recount", "edge")  # web's log is none of edge's: its counts would be lost
    assert refused.code == 1
    assert "no longer there" in refused.err
    assert latency(site)["valid"] == 2


# -- counting again ----------------------------------------------------------------------------------------------------

JOBS = """\
organisation: {name: Testers, timezone: Asia/Tokyo, language: en}
lists: {ours: [TIMEOUT], theirs: [BAD_FILE]}
sources:
  jobs: {type: sidekiq, path: logs/*.log*, deadline: 30m}
journeys:
  encode:
    title: Encode
    source: jobs
    slos:
      success: {good: status = 'done', target: 90%, window: 1d}
      known: {good: not (error in ours), target: 90%, window: 1d}
"""


def job(jid: str, minute: int, status: str, **fields: object) -> dict[str, object]:
    times = {"enqueued_at": f"2026-10-01T00:{minute:02}:00Z", "completed_at": f"2026-10-01T00:{minute:02}:30Z"}
    return {"jid": jid, "status": status, "class": "Encode", **times} | fields


def contents(store: Store) -> dict[str, list[tuple[object, ...]]]:
    """All that was counted from what is there, without ids, versions, snapshots that hold nothing, and wall time."""
    with store.reading() as connection:
        tabled = {
            name: sorted(tuple(row)[skipped:] for row in connection.execute(select(tables.metadata.tables[name])))
            for name, skipped in {
                "source_minutes": 0, "minute_counts": 0, "hour_totals": 0, "streams": 1, "rejections": 1,
                "rejection_reasons": 0, "unknown_codes": 0, "pending": 0,
            }.items()
        }  # fmt: skip
        texts = select(tables.definitions.c.slo_id, tables.definitions.c.text)
        return tabled | {"definitions": sorted(tuple(row) for row in connection.execute(texts))}


def test_a_recount_comes_to_the_same_as_a_first_count(site: Site) -> None:
    (site.folder / "kakeibo.yaml").write_text(JOBS.replace("30m", "20m"), encoding="utf-8")
    site.write(
        "jobs.log",
        job("a", 1, "done"),
        job("b", 2, "failed", error="TIMEOUT"),
        job("c", 3, "dead", error="WHO_KNOWS"),
        "no json",
        job("x" * 501, 4, "done"),
        job("a\0b", 4, "done"),
        job("d", 5, "failed", enqueued_at="2999-01-01T00:00:00Z"),
    )
    site.run("ingest")
    (site.folder / "kakeibo.yaml").write_text(JOBS, encoding="utf-8")
    site.write("jobs.log", job("b", 6, "done", enqueued_at="2026-10-01T00:02:00Z"))
    site.run("ingest")
    site.run("ingest", "--recount", "jobs")
    site.run("ingest", "--store", "sqlite:///fresh.db")
    with opened(site) as store, opened(site, "fresh.db") as fresh:
        again, first = contents(store), contents(fresh)
    assert again == first
    assert first["pending"]
    assert sum(row[-1] for row in first["rejection_reasons"]) == 3  # type: ignore[misc]
    assert first["unknown_codes"] == [(1, "error", "WHO_KNOWS", 1)]


def test_a_recount_finds_logs_that_were_renamed_and_compressed(site: Site) -> None:
    log = site.write("access.json", event(1), SLOW)
    site.write("access.json.1", event(20))
    site.run("ingest")
    edit(site, ("duration <= 0.3", "duration <= 0.6"))
    (site.folder / "logs" / "access.json.1").rename(site.folder / "logs" / "access.json.2")
    (site.folder / "logs" / "access.json.1.gz").write_bytes(gzip.compress(log.read_bytes()))
    log.unlink()
    site.write("access.json", event(30))
    assert site.run("ingest", "--recount", "web").code == 0
    assert (latency(site)["good"], latency(site)["bad"]) == (4, 0)


def gone(log: Path) -> None:
    log.unlink()


def another_log_in_its_inode(log: Path) -> None:
    size = log.stat().st_size
    log.write_text((json.dumps(event(30, agent="another")) + "\n") * 90, encoding="utf-8")
    assert log.stat().st_size > size


def truncated(log: Path) -> None:
    log.write_bytes(log.read_bytes().splitlines(keepends=True)[0])


def compressed_in_part(log: Path) -> None:
    whole = log.read_bytes()
    log.unlink()
    log.with_suffix(".json.gz").write_bytes(gzip.compress(whole)[:-30])


@pytest.mark.parametrize("lose", [gone, another_log_in_its_inode, truncated, compressed_in_part])
def test_a_recount_that_would_lose_counts_is_refused_and_changes_nothing(site: Site, lose: Any) -> None:
    site.write("kept.json", event(40))
    log = site.write("access.json", *(event(n, agent=f"agent {n * 7919 % 1000}") for n in range(30)))
    site.run("ingest")
    lose(log)
    before = latency(site)
    refused = site.run("ingest", "--recount", "web")
    assert refused.code == 1
    assert "web cannot be counted again:" in refused.err
    assert "access.json is no longer there" in refused.err
    assert latency(site) == before


def test_killed_after_forgetting_the_next_ingest_counts_all(site: Site) -> None:
    site.write("access.json", event(1), SLOW)
    site.run("ingest")
    edit(site, ("duration <= 0.3", "duration <= 0.6"))
    book = open_book(site.folder / "kakeibo.yaml")
    with opened(site) as store:
        ingesting.forget(book, store, list(book.sources.values()))
    told = site.run("ingest").out
    assert "web: 2 new lines" in told
    assert "definition" not in told
    assert (latency(site)["good"], latency(site)["bad"]) == (2, 0)


def test_a_source_never_read_can_be_counted_again(site: Site) -> None:
    site.write("access.json", event(1))
    assert "web: 1 new line in" in site.run("ingest", "--recount").out
    assert latency(site)["valid"] == 1


def test_of_two_sources_none_is_forgotten_when_one_cannot_be_counted_again(site: Site) -> None:
    both = BOOK.replace("journeys:\n", "  jobs: {type: ndjson, path: logs/*.ndjson}\njourneys:\n")
    (site.folder / "kakeibo.yaml").write_text(both + OTHER.split("journeys:\n")[1], encoding="utf-8")
    site.write("access.json", event(1))
    jobs = site.write("jobs.ndjson", event(1))
    site.run("ingest")
    jobs.unlink()
    assert site.run("ingest", "--recount").code == 1
    assert latency(site)["valid"] == 1


def test_an_unfinished_last_line_does_not_stand_in_the_way_of_a_recount(site: Site) -> None:
    log = site.write("access.json", event(1))
    with log.open("a", encoding="utf-8") as file:
        file.write('{"time": ')
    site.run("ingest")
    assert site.run("ingest", "--recount", "web").code == 0
    assert latency(site)["valid"] == 1


def test_following_says_it_when_it_begins(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    site.write("access.json", event(1))
    site.run("ingest")
    edit(site, ("duration <= 0.3", "duration <= 0.6"))
    book = open_book(site.folder / "kakeibo.yaml")
    rounds = iter([False, True, False, True])
    with opened(site) as store:
        ingesting.follow(
            book, store, list(book.sources.values()), every=0.1, stop=lambda: next(rounds, True), as_json=False
        )
    assert capsys.readouterr().err.count("play-video/latency has a new definition") == 1
