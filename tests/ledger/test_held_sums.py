"""Sums that are held are those that would be read anew."""

from __future__ import annotations

import tempfile

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kakeibo import ledger
from kakeibo.ledger import HeldSums, Posting
from kakeibo.store import Store, open_store

NOON = 29_700_000
NAMES = ("play/a", "play/b", "search/a")
MINUTES = st.integers(0, 400)
WINDOWS = st.lists(st.tuples(MINUTES, MINUTES).filter(lambda one: one[0] < one[1]), min_size=1, max_size=5)
COUNTS = st.lists(st.tuples(MINUTES, st.sampled_from(NAMES), st.integers(0, 9), st.integers(0, 3)), max_size=6)

Round = tuple[list[tuple[int, str, int, int]], list[tuple[int, int]]]


def post(store: Store, counts: list[tuple[int, str, int, int]]) -> None:
    together: dict[tuple[int, str], tuple[int, int]] = {}
    for minute, name, good, bad in counts:
        before = together.get((NOON + minute, name), (0, 0))
        together[NOON + minute, name] = before[0] + good, before[1] + bad
    rows = [(minute, name, good, bad, 0, 0) for (minute, name), (good, bad) in together.items()]
    ledger.post(store, Posting("web", ledger.cursor(store, "web").version, rows))


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.tuples(COUNTS, WINDOWS), min_size=1, max_size=5))
def test_after_any_postings_they_are_what_the_store_has(rounds: list[Round]) -> None:
    """Late events too, which change windows that were asked before; and for some SLOs alone, the same."""
    with tempfile.TemporaryDirectory() as folder:
        compare(open_store(f"sqlite:///{folder}/kakeibo.db"), rounds)


def compare(store: Store, rounds: list[Round]) -> None:
    held = HeldSums(store)
    for counts, asked in rounds:
        post(store, counts)
        windows = [(NOON + start, NOON + end) for start, end in asked]
        found = held(windows)
        assert {window: found[window] for window in windows} == ledger.sums(store, windows)
        some = ledger.sums(store, windows, NAMES[:1])
        assert {window: {name: of[name] for name in of if name == NAMES[0]} for window, of in found.items()} == some
    store.close()


def test_what_is_held_is_not_read_again_and_what_was_touched_is(url: str) -> None:
    store, windows = open_store(url), [(NOON, NOON + 60), (NOON + 60, NOON + 120)]
    post(store, [(5, "play/a", 3, 1), (70, "play/a", 2, 0)])
    held = HeldSums(store)
    first = held(windows)
    assert held(windows)[windows[0]] is first[windows[0]]
    post(store, [(70, "play/a", 1, 0)])
    again = held(windows)
    assert again[windows[0]] is first[windows[0]]
    assert again[windows[1]]["play/a"].good == 3
    store.close()
