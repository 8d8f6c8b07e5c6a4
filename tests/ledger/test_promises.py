"""Promises are kept in the order in which they were made, and read back as they were."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from kakeibo import ledger
from kakeibo.ledger.promises import _read, _written
from kakeibo.model import Method, Promise
from kakeibo.store import Store
from kakeibo.windows import Window

NAME = "play/availability"
FIRST = Promise(Fraction(999, 1000), Window("28d", 40_320), Method())
SECOND = Promise(
    Fraction(99, 100), Window("month", calendar="month", timezone="Asia/Tokyo"), Method("slices", 5, Fraction(19, 20))
)


def test_the_first_has_always_held_and_each_change_has_its_minute(store: Store) -> None:
    ledger.promise(store, {NAME: FIRST}, 500)
    ledger.promise(store, {NAME: FIRST}, 600)
    ledger.promise(store, {NAME: SECOND}, 700)
    ledger.promise(store, {NAME: FIRST}, 800)
    assert ledger.promises(store) == {NAME: (FIRST, replace(SECOND, since=700), replace(FIRST, since=800))}


def test_a_clock_set_back_does_not_change_the_order(store: Store) -> None:
    for promise, at in ((FIRST, 500), (SECOND, 700), (FIRST, 100)):
        ledger.promise(store, {NAME: promise}, at)
    assert [promise.since for promise in ledger.promises(store)[NAME]] == [None, 700, 700]


@given(
    target=st.fractions(0, 1, max_denominator=10**30),
    window=st.sampled_from([FIRST.window, SECOND.window, Window("1Q", months=3, timezone="Europe/Berlin")]),
    method=st.sampled_from(
        [FIRST.method, SECOND.method, Method("ratio_slices", 60), Method("counted_slices", 5, None, 3, 60)]
    ),
)
def test_what_is_written_is_read(target: Fraction, window: Window, method: Method) -> None:
    promise = Promise(target, window, method)
    assert _read(_written(promise)) == promise
