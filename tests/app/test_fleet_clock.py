"""A fleet's clock that goes on by itself: no device is out too late, none because of us; nothing here is timed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.app.fleet_site import FleetSite

from kakeibo.app.fleet_received import ReceivedIngest
from kakeibo.fleet import inbox, records
from kakeibo.fleet.inbox import Block
from kakeibo.fleet.messages import Message

TEN = 1_763_719_200


class Live:
    """What came, and how far everything that came is known to be kept, at times of our choice (seconds after ten)."""

    def __init__(self, site: FleetSite, monkeypatch: pytest.MonkeyPatch) -> None:
        self.site, self.settled = site, 0.0
        self.ingest = ReceivedIngest(site.book, site.store, site.book.sources["telemetry"])
        monkeypatch.setattr(self.ingest, "_settled", lambda: int((TEN + self.settled) * 1000))

    def comes(self, at: float, *devices: str, blind: int = 0) -> None:
        received = int((TEN + at) * 1000)
        blocks = [Block(blind=TEN + blind)] if blind else []
        blocks.append(Block([Message(device, received) for device in devices], {received // 60_000: len(devices)}))
        with self.site.store.keeping() as connection:
            inbox.put(connection, "telemetry", blocks)

    def looks(self, settled: float) -> None:
        self.settled = settled
        self.ingest.run()

    def outs(self) -> dict[str, int]:
        """Device -> the second of its first time out."""
        columns = records.Records(self.site.store, self.site.book.fleets["scooters"]).load().columns
        found: dict[str, int] = {}
        for name, number in columns.numbers.items():
            for change in records.history(self.site.store, "scooters", number):
                if change.what == "out":
                    found.setdefault(name, change.at - TEN)
        return found


@pytest.fixture
def live(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], Live]]:
    site = FleetSite(tmp_path, "{type: http}", silent_after="15m", more="stall_after: 5m")
    yield lambda: Live(site, monkeypatch)
    site.store.close()


def test_silent_from_ten_it_is_out_at_a_quarter_past(live: Callable[[], Live]) -> None:
    fleet = live()
    fleet.comes(0, "silent", "other")
    for minute in range(1, 15):
        fleet.comes(60 * minute + 7.5, "other")
        fleet.looks(60 * minute + 8)
    fleet.looks(899.9)
    assert fleet.outs() == {}
    fleet.looks(900)
    assert fleet.outs() == {"silent": 900}


def test_however_seldom_somebody_looks_it_is_the_same_second(live: Callable[[], Live]) -> None:
    fleet = live()
    fleet.comes(0, "silent", "other")
    for minute in range(1, 30):
        fleet.comes(60 * minute, "other")
    fleet.looks(1_741)
    assert fleet.outs() == {"silent": 900}


def test_when_nobody_speaks_it_was_us(live: Callable[[], Live]) -> None:
    fleet = live()
    fleet.comes(0, "a", "b")
    for second in range(0, 3_600, 10):
        fleet.looks(second)
    assert fleet.outs() == {}
    fleet.comes(3_600, "a")
    for second in range(3_600, 4_499, 60):
        fleet.looks(second)
        fleet.comes(second, "a")
    fleet.looks(4_499)
    assert fleet.outs() == {}
    fleet.looks(4_500)
    assert fleet.outs() == {"b": 4_500}
    assert fleet.ingest.running.clock == TEN + 4_500


def test_after_a_pause_of_ours_what_waits_has_time_to_come(live: Callable[[], Live]) -> None:
    """The connection was lost at 10:14:50, and came back at 10:16: what waited is heard before anybody is out."""
    fleet = live()
    fleet.comes(0, "a", "b")
    for second in (280, 560, 840, 890):
        fleet.comes(second - 0.5, "a")
        fleet.looks(second)
    fleet.comes(960, "a", blind=960)
    fleet.comes(961, "b")
    fleet.looks(970)
    assert fleet.outs() == {}
    again = live()
    again.comes(1_200, "a")
    again.looks(1_210)
    assert again.outs() == {}


def test_one_that_stays_silent_after_the_pause_is_out(live: Callable[[], Live]) -> None:
    fleet = live()
    fleet.comes(0, "a", "b")
    for second in (280, 560, 840, 890):
        fleet.comes(second - 0.5, "a")
        fleet.looks(second)
    fleet.comes(960, "a", blind=960)
    for second in (1_100, 1_259):
        fleet.comes(second, "a")
        fleet.looks(second)
    assert fleet.outs() == {}
    fleet.looks(1_260)
    assert fleet.outs() == {"b": 1_260}
