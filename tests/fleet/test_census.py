"""A fleet looked at without its names says what the fleet under way says, page by page."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

import pytest
from msgspec import structs

from kakeibo.devices import BatteryRule, BreakerRule, ErrorRule, Fleet, HeartbeatRule
from kakeibo.fleet import census as rooms
from kakeibo.fleet.census import STANDINGS, Census, Wanted
from kakeibo.fleet.messages import Message
from kakeibo.fleet.orders import Order
from kakeibo.fleet.records import Records
from kakeibo.store import Store, open_store

RULES = Fleet(
    "fleet",
    "telemetry",
    HeartbeatRule(60, 2, 60),
    BreakerRule(Fraction(1, 2), 600, 20, at_least=1_000),
    stall_after=60,
    errors={"E1": ErrorRule(1, 60, 600)},
    battery=BatteryRule(50_000, 150_000),
)
SIZE, START = 300, 1_000_000


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    """300 devices: one in ten silent, others low, disabled, locked, retired, gone, on a trip."""
    store = open_store(url)
    records = Records(store, RULES)
    running = records.load()
    for minute in range(4):
        said = []
        for n in range(SIZE):
            if n % 10 == 0 and minute:
                continue
            at = (START + minute * 50) * 1000
            low = 10_000 if n % 10 == 1 and minute == 2 else None
            one = Message(f"d{n:03}", at, sequence=minute, battery=low, on_trip=n % 10 == 2, disabled=n % 10 == 3)
            group = {"region": ("east", "west")[n % 2], "model": "m", "firmware": f"f{n % 3}"}
            said.append(structs.replace(one, gone=n % 10 == 4 and minute == 3, **group))
        running.advance(said)
    orders = [Order(1, "lock", "d005", "manual", "why", "who"), Order(2, "retire", "d006", None, "why", "who")]
    running.advance((), START + 150, orders)
    changes, _ = running.taken()
    with store.writing() as connection:
        records.save(connection, running, changes, 2)
    yield store
    store.close()


def every(census: Census, wanted: Wanted, limit: int) -> list[str]:
    found, after, more = list[str](), -1, True
    while more:
        page, more = census.page(wanted, after, limit)
        assert len(page) <= limit
        found += [one.name for one in page]
        after = page[-1].number if page else after
    return found


def test_counts_and_lists_are_those_of_the_fleet_under_way(store: Store) -> None:
    census, running = Census(store, RULES), Records(store, RULES).load()
    columns = running.columns
    counts = census.counts()
    assert counts == {
        "in_service": SIZE - 30 - 30 - 30 - 1 - 31, "on_trip": 30, "held": 0, "away": 31, "manual": 1, "maintenance": 0,
        "heartbeat": 30, "error": 0, "battery": 30, "disabled": 30, "unknown": 0,
    }  # fmt: skip
    assert census.size == SIZE - 31
    for standing in STANDINGS:
        names = every(census, Wanted(standing), 40)
        assert names == sorted(set(names))
        assert len(names) == (91 if standing in ("trouble", "out") else counts[standing]), standing
    for one in census.page(Wanted(), -1, 1_000)[0]:
        assert one.device == columns.device(columns.numbers[one.name])
        assert one.group == list(columns.groups)[columns.group[columns.numbers[one.name]]]


def test_long_lists_are_read_through_and_say_the_same(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    census = Census(store, RULES)
    for wanted in (Wanted("in_service"), Wanted("out", region="west"), Wanted(q="D00"), Wanted(firmware="f1", q="9")):
        by_number = every(census, wanted, 7)
        assert by_number
        with monkeypatch.context() as patch:
            patch.setattr(rooms, "_FEW", 0)
            assert every(census, wanted, 7) == by_number
    assert every(census, Wanted(q="_"), 7) == every(census, Wanted(q="%"), 7) == []


def test_one_is_found_by_its_whole_name(store: Store) -> None:
    census = Census(store, RULES)
    found = census.find("d005")
    assert found is not None
    assert (found.name, found.device.out and found.device.out.detail) == ("d005", "why")
    assert census.find("d00") is None
    assert census.values() == [("region", ["east", "west"]), ("model", ["m"]), ("firmware", ["f0", "f1", "f2"])]


def test_what_happened_of_late(store: Store) -> None:
    census = Census(store, RULES)
    happened = census.happened(START)
    assert happened["out", "heartbeat"] == happened["out", "disabled"] == happened["gone", ""] == 30
    assert happened["registered", ""] == SIZE
    assert not census.happened(START + 151)
    newest = census.recent(3)
    assert [(name, change.what) for name, change in newest] == [("d005", "out"), ("d006", "retire"), ("d005", "lock")]


def test_a_fleet_that_was_never_heard_of_is_empty(store: Store) -> None:
    census = Census(store, Fleet("other", "x", RULES.heartbeat, RULES.breaker, 60))
    assert (census.size, census.state, census.page(Wanted(), -1, 10)) == (0, None, ([], False))
    assert (census.find("d005"), census.values()[0], census.recent(5)) == (None, ("region", []), [])
