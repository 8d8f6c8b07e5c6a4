"""Parts in the ledger: posted with the counts, adding up to the whole, however many values there are."""

from __future__ import annotations

import tempfile
from collections import Counter

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import kakeibo.ledger.parts as room
from kakeibo import ledger
from kakeibo.errors import Overtaken
from kakeibo.ledger import Posting
from kakeibo.ledger.parts import PartRow
from kakeibo.model import Count
from kakeibo.store import Store, open_store

HOUR = 495_000
SLO = "play/availability"


def posting(version: int, rows: list[PartRow]) -> Posting:
    """A posting of parts and of the counts that they are parts of (each row an event of its own, as it were)."""
    counts = [(hour * 60 + 7, slo, good, bad, void, 0) for hour, slo, _, _, _, good, bad, void in rows]
    return Posting("web", version, counts, parts=rows)


def part(value: str, good: int, bad: int, hour: int = HOUR, column: str = "route", slo: str = SLO) -> PartRow:
    return hour, slo, column, "value", value, good, bad, 0


def post(store: Store, *batches: list[PartRow]) -> None:
    for batch in batches:
        ledger.post(store, posting(ledger.cursor(store, "web").version, batch))


def test_parts_are_added_to_those_that_are_there(store: Store) -> None:
    missing = (HOUR, SLO, "route", "missing", "", 1, 0, 1)
    interval = (HOUR + 1, SLO, "duration", "interval", "0.3", 5, 1, 0)
    post(store, [part("/a", 1, 0), missing], [part("/a", 2, 3), part("/a", 1, 0), part("/a", 7, 7, HOUR + 2), interval])
    assert ledger.parts_of(store, SLO, HOUR, HOUR + 2) == {
        "route": {("value", "/a"): Count(4, 3), ("missing", ""): Count(1, 0, 1)},
        "duration": {("interval", "0.3"): Count(5, 1)},
    }
    assert ledger.parts_of(store, "play/latency", HOUR, HOUR + 2) == {}
    assert ledger.parts_of(store, SLO, 0, HOUR) == {}


def test_a_posting_that_is_overtaken_leaves_no_parts(store: Store) -> None:
    post(store, [part("/a", 1, 0)])
    with pytest.raises(Overtaken):
        ledger.post(store, posting(0, [part("/a", 1, 0)]))
    assert ledger.parts_of(store, SLO, HOUR, HOUR + 1) == {"route": {("value", "/a"): Count(1)}}


def test_counting_again_forgets_them(store: Store) -> None:
    post(store, [part("/a", 1, 0), part("/a", 1, 0, slo="other/one")])
    ledger.forget(store, "web", [SLO], ledger.cursor(store, "web").version)
    assert ledger.parts_of(store, SLO, HOUR, HOUR + 1) == {}
    assert ledger.parts_of(store, "other/one", HOUR, HOUR + 1) != {}


def test_the_values_with_the_most_bad_events_are_kept(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "KEPT", 2)
    post(store, [part("/a", 9, 0), part("/b", 8, 0), part("/c", 7, 0)])
    assert ledger.parts_of(store, SLO, HOUR, HOUR + 1)["route"] == {
        ("value", "/a"): Count(9),
        ("value", "/b"): Count(8),
        ("rest", ""): Count(7),
    }
    post(store, [part("/d", 0, 1)])  # later, and alone in failing: it takes the place of the least of those there
    assert ledger.parts_of(store, SLO, HOUR, HOUR + 1)["route"] == {
        ("value", "/a"): Count(9),
        ("value", "/d"): Count(0, 1),
        ("rest", ""): Count(15),
    }


def test_the_histogram_hour_by_hour(store: Store) -> None:
    rows = [(HOUR + at, SLO, "duration", "interval", value, 1, at, 0) for at in (0, 1) for value in ("0.3", "more", "")]
    post(store, rows)
    found = ledger.intervals_by_hour(store, SLO, "duration", HOUR, HOUR + 2)
    assert [sorted(map(str, values)) for values in found.values()] == [["-160", "811", "None"]] * 2


values = st.sampled_from([f"/{n}" for n in range(9)])
rows = st.builds(part, values, st.integers(0, 3), st.integers(0, 3), st.integers(HOUR, HOUR + 2), st.sampled_from("ab"))


@settings(deadline=None, max_examples=40, suppress_health_check=list(HealthCheck))
@given(st.lists(st.lists(rows, max_size=12), max_size=6), st.integers(1, 9))
def test_parts_add_up_whatever_comes_in_whatever_order(batches: list[list[PartRow]], kept: int) -> None:
    """The oracle: a dictionary. No value has more than it had, nor less than that by more than the rest."""
    truth: Counter[tuple[int, str, str, int]] = Counter()
    with pytest.MonkeyPatch.context() as patch, tempfile.TemporaryDirectory() as folder:
        patch.setattr(room, "KEPT", kept)
        store = open_store(f"sqlite:///{folder}/kakeibo.db")
        try:
            post(store, *batches)
            for hour, _, column, _, value, *numbers in (row for batch in batches for row in batch):
                truth.update({(hour, column, value, i): n for i, n in enumerate(numbers)})
            for hour in range(HOUR, HOUR + 3):
                _check(ledger.parts_of(store, SLO, hour, hour + 1), hour, truth, kept)
        finally:
            store.close()


def _check(found: ledger.Parts, hour: int, truth: Counter[tuple[int, str, str, int]], kept: int) -> None:
    for column in "ab":
        held = found.get(column, {})
        rest = held.get(room.REST, Count())
        assert sum(kind == "value" for kind, _ in held) <= kept
        for i, side in enumerate(("good", "bad")):
            of = {value: n for (h, c, value, s), n in truth.items() if (h, c, s) == (hour, column, i)}
            assert sum(getattr(count, side) for count in held.values()) == sum(of.values())
            for value, n in of.items():
                has = getattr(held.get(("value", value), Count()), side)
                assert n - getattr(rest, side) <= has <= n
