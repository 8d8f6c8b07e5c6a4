"""Posting: everything or nothing, once, and added to what is there."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from kakeibo import ledger
from kakeibo.errors import Overtaken
from kakeibo.ledger import Posting
from kakeibo.ledger.deliveries import CODES_KEPT, OTHER_CODES, SAMPLES_KEPT
from kakeibo.model import Count, Rejection, Stream
from kakeibo.store import Store, open_store, tables

NOON = 29_700_000  # a full hour
STREAM = Stream(None, "logs/access.json", 1, 2, 300, 4, b"head", 4, b"tail", 4, 200)


def window(store: Store, start: int, end: int) -> dict[str, Count]:
    return ledger.sums(store, [(start, end)])[start, end]


def test_counts_are_added_to_those_already_there(store: Store) -> None:
    assert ledger.cursor(store, "web").version == 0
    counts = [(NOON, "play/availability", 99, 1, 3, 1), (NOON, "play/latency", 90, 10, 3, 0)]
    ledger.post(store, Posting("web", 0, counts))
    ledger.post(
        store, Posting("web", 1, [(NOON, "play/availability", 1, 1, 0, 0), (NOON, "play/availability", 1, 0, 0, 0)])
    )
    assert window(store, NOON, NOON + 1) == {
        "play/availability": Count(101, 2, 3, 1),
        "play/latency": Count(90, 10, 3, 0),
    }
    assert window(store, NOON + 1, NOON + 60) == {}
    assert window(store, 0, NOON) == {}


def test_a_posting_of_an_older_version_writes_nothing(store: Store) -> None:
    cursor = ledger.cursor(store, "web")
    first = Posting("web", cursor.version, [(NOON, "a/b", 1, 0, 0, 0)], [(NOON, 1, 0)], [STREAM])
    ledger.post(store, first)
    with pytest.raises(Overtaken) as raised:
        ledger.post(store, first)
    assert raised.value.transient
    assert "web" in raised.value.message
    assert raised.value.mend
    assert window(store, NOON, NOON + 1) == {"a/b": Count(1)}
    assert len(ledger.cursor(store, "web").streams) == 1


def test_a_source_nobody_has_asked_for_cannot_be_posted_to(store: Store) -> None:
    with pytest.raises(Overtaken):
        ledger.post(store, Posting("web", 0, [(NOON, "a/b", 1, 0, 0, 0)]))


def test_sources_do_not_overtake_each_other(store: Store) -> None:
    for source in ("web", "jobs"):
        ledger.cursor(store, source)
    ledger.post(store, Posting("web", 0, [(NOON, "play/a", 1, 0, 0, 0)]))
    ledger.post(store, Posting("jobs", 0, [(NOON, "encode/a", 0, 1, 0, 0)]))
    assert window(store, NOON, NOON + 60) == {"play/a": Count(1), "encode/a": Count(0, 1)}


def test_positions_come_back_as_they_were_written(store: Store) -> None:
    ledger.cursor(store, "web")
    odd = replace(STREAM, path="logs/\udcff name.json", device=2**64 - 1, inode=2**63, head=b"\0\xff")
    posted = ledger.post(store, Posting("web", 0, streams=[STREAM, odd]))
    assert [replace(stream, id=None) for stream in posted.streams] == [STREAM, odd]
    assert ledger.Cursor(posted.version, posted.streams) == ledger.cursor(store, "web")
    moved = replace(posted.streams[0], path="logs/access.json.1", position=300)
    assert ledger.post(store, Posting("web", 1, streams=[moved])) == ledger.Posted(2, (moved,))
    cursor = ledger.cursor(store, "web")
    assert cursor.version == 2
    assert cursor.streams[0] == moved
    assert replace(cursor.streams[1], id=None) == odd


def test_new_and_known_logs_of_one_posting_come_back_in_its_order(store: Store) -> None:
    ledger.cursor(store, "web")
    [known] = ledger.post(store, Posting("web", 0, streams=[STREAM])).streams
    mixed = [replace(STREAM, inode=10), replace(known, position=250), replace(STREAM, inode=11)]
    posted = ledger.post(store, Posting("web", 1, streams=mixed))
    assert [(stream.inode, stream.position) for stream in posted.streams] == [(10, 200), (2, 250), (11, 200)]
    assert sorted(posted.streams, key=lambda stream: stream.id or 0) == list(ledger.cursor(store, "web").streams)


def test_late_events_reach_every_later_total(store: Store) -> None:
    ledger.cursor(store, "web")
    hours = [NOON + 60 * hour for hour in (0, 1, 5)]
    ledger.post(store, Posting("web", 0, [(minute, "a/b", 10, 0, 0, 0) for minute in hours]))
    late = [(NOON + 70, "a/b", 0, 1, 0, 0), (NOON + 150, "a/b", 0, 2, 0, 0), (NOON - 600, "new/one", 1, 0, 0, 0)]
    ledger.post(store, Posting("web", 1, late))
    assert window(store, NOON - 1000, NOON + 1000) == {"a/b": Count(30, 3), "new/one": Count(1)}
    assert window(store, NOON + 120, NOON + 240) == {"a/b": Count(0, 2)}
    assert window(store, NOON + 240, NOON + 420) == {"a/b": Count(10, 0)}


def test_clocks_that_are_wrong_by_decades_or_millennia_do_no_harm(store: Store) -> None:
    ledger.cursor(store, "web")
    wrong = [-600, 0, 67_800_000, 4_223_000_000]  # 1969, 1970, 2098, 9999
    ledger.post(
        store,
        Posting("web", 0, [(minute, "a/b", 1, 0, 0, 0) for minute in wrong], [(minute, 1, 0) for minute in wrong]),
    )
    ledger.post(store, Posting("web", 1, [(NOON, "a/b", 5, 5, 0, 0)]))
    assert window(store, NOON - 40_320, NOON + 1) == {"a/b": Count(5, 5)}
    assert window(store, -1000, 5_000_000_000) == {"a/b": Count(9, 5)}
    with store.reading() as connection:
        assert connection.scalar(select(func.count()).select_from(tables.hour_totals)) == 5


def test_only_the_newest_samples_are_kept_but_every_line_is_counted(store: Store) -> None:
    ledger.cursor(store, "web")
    many = [Rejection("access.json", offset, "no time", f"line {offset}") for offset in range(SAMPLES_KEPT + 30)]
    ledger.post(store, Posting("web", 0, rejections=many[:70], reasons={"no time": 70}))
    ledger.post(store, Posting("web", 1, rejections=many[70:], reasons={"no time": 59, "not JSON": 1}))
    assert ledger.samples(store, "web") == many[30:]
    assert ledger.reasons(store, "web") == {"no time": 129, "not JSON": 1}
    assert ledger.samples(store, "jobs") == []
    assert ledger.reasons(store, "jobs") == {}


def test_binary_noise_in_a_sample_is_stored_readably(store: Store) -> None:
    ledger.cursor(store, "web")
    noise = Rejection("\udcff.json", 0, "not JSON", "a\0b\udc80" + "x" * 5000)
    ledger.post(store, Posting("web", 0, rejections=[noise], unknown_codes={("error", "\0"): 1}))
    [sample] = ledger.samples(store, "web")
    assert sample.text.startswith("a\ufffdb?xxx")
    assert len(sample.text) == 1000
    assert ledger.unknown_codes(store) == [("web", "error", "\ufffd", 1)]


def test_unknown_codes_beyond_the_limit_are_counted_together(store: Store) -> None:
    ledger.cursor(store, "web")
    ledger.post(store, Posting("web", 0, unknown_codes={("error", f"E{i}"): 2 for i in range(CODES_KEPT - 1)}))
    more = {("error", f"E{i}"): 1 for i in range(CODES_KEPT + 50)} | {("route", "r"): 7}
    ledger.post(store, Posting("web", 1, unknown_codes=more))
    counted = {(column, value): events for _, column, value, events in ledger.unknown_codes(store)}
    assert counted["error", "E0"] == 3
    assert counted["error", f"E{CODES_KEPT - 1}"] == 1
    assert counted["error", OTHER_CODES] == 50
    assert counted["route", "r"] == 7
    totals = Counter[str]()
    for (column, _), events in counted.items():
        totals[column] += events
    assert totals["error"] == 2 * (CODES_KEPT - 1) + CODES_KEPT + 50


def test_unfinished_events_are_kept_until_they_finish(store: Store) -> None:
    ledger.cursor(store, "jobs")
    ledger.cursor(store, "web")
    started = {f"job{i}": (NOON + i, f"state {i}") for i in range(1200)}
    ledger.post(store, Posting("jobs", 0, pending=started))
    ledger.post(store, Posting("web", 0, pending={"job0": (NOON, "of another source")}))
    changes = {"job1": (NOON + 99, "retried")} | {f"job{i}": None for i in range(2, 1200)} | {"never seen": None}
    ledger.post(store, Posting("jobs", 1, pending={"job0": None, **changes}))
    assert ledger.pending(store, "jobs") == {"job1": (NOON + 99, "retried")}
    assert ledger.pending(store, "web") == {"job0": (NOON, "of another source")}


def test_health_tells_what_was_delivered_and_what_could_be_read(store: Store) -> None:
    ledger.cursor(store, "web")
    lines = [(NOON - 10, 4, 4), (NOON, 10, 1), (NOON + 1, 5, 0), (NOON + 100, 3, 3), (NOON + 200, 1, 0)]
    ledger.post(store, Posting("web", 0, lines=lines))
    assert ledger.health(store, "web", NOON, NOON + 101) == ledger.Health(18, 4, 2, NOON, NOON + 200)
    assert ledger.health(store, "web", NOON + 300, NOON + 400) == ledger.Health(0, 0, 0, NOON, NOON + 200)
    assert ledger.health(store, "jobs", NOON, NOON + 101) == ledger.Health(0, 0, 0, None, None)


def test_forgetting_a_source_leaves_the_others_exactly_as_they_were(store: Store) -> None:
    for source in ("web", "jobs"):
        ledger.cursor(store, source)
    minutes = [NOON + 60 * hour for hour in range(4)]
    everything = Posting(
        "web", 0, [(minute, "play/a", 3, 1, 0, 0) for minute in minutes], [(NOON, 4, 1)], [STREAM],
        [Rejection("p", 0, "r", "t")], {"r": 1}, {("error", "E"): 1}, {"k": (NOON, "s")},
    )  # fmt: skip
    ledger.post(store, everything)
    jobs = Posting("jobs", 0, [(minute, "encode/a", 1, 1, 0, 0) for minute in minutes], [(NOON, 2, 0)], [STREAM])
    ledger.post(store, jobs)
    kept = ledger.cursor(store, "jobs")
    before = window(store, NOON - 60, NOON + 300)
    with pytest.raises(Overtaken):
        ledger.forget(store, "web", ["play/a"], 0)
    assert window(store, NOON - 60, NOON + 300) == before
    cursor = ledger.forget(store, "web", ["play/a", "never/posted"], 1)
    assert cursor == ledger.cursor(store, "web") == ledger.Cursor(2, ())
    assert window(store, NOON - 60, NOON + 300) == {"encode/a": Count(4, 4)}
    assert ledger.health(store, "web", 0, NOON + 1).lines == 0
    assert (ledger.samples(store, "web"), ledger.reasons(store, "web")) == ([], {})
    assert (ledger.unknown_codes(store), ledger.pending(store, "web")) == ([], {})
    assert ledger.cursor(store, "jobs") == kept
    ledger.post(store, replace(everything, version=2))
    assert window(store, NOON - 60, NOON + 300) == before


@pytest.mark.parametrize("step", [1, 60])
def test_series_of_many_slos(store: Store, step: int) -> None:
    ledger.cursor(store, "web")
    names = [f"slo/{n}" for n in range(600)]
    ledger.post(store, Posting("web", 0, [(NOON, name, 1, 0, 0, 0) for name in [*names, "not/asked"]]))
    assert ledger.series(store, names, NOON, NOON + 60, step) == {name: [(NOON, Count(1))] for name in names}


def test_a_number_that_is_no_integer_is_refused_not_stored_as_something_else(sqlite_url: str) -> None:
    store = open_store(sqlite_url)
    ledger.cursor(store, "web")
    with pytest.raises(IntegrityError):
        ledger.post(store, Posting("web", 0, lines=[(NOON, np.int64(1), 0)]))  # type: ignore[list-item]
    assert ledger.health(store, "web", NOON, NOON + 1).lines == 0
    store.close()
