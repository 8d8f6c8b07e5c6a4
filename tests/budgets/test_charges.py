"""Charges: every bad event has at most one, and the parts add up."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from kakeibo.app.cli.adjust import command as adjust
from kakeibo.app.cli.charge import command as charge
from kakeibo.budgets.charges import CATEGORIES, UNEXPLAINED, attributed, by_category, cut
from kakeibo.letters.slips import kind_word
from kakeibo.model import Revocation, Slip

SLO = "play/availability"


def a_charge(number: int, start: int, end: int, what: str = "play", kind: str = "incident", back: bool = False) -> Slip:
    revoked = Revocation("Team lead", "a mistake", 0) if back else None
    return Slip("charge", kind, what, (what,), start, end, "Operator", "seen", 0, f"No. {number}", number, revoked)


def test_of_overlapping_charges_the_first_entered_has_the_events() -> None:
    slips = [a_charge(2, 0, 20), a_charge(1, 10, 30)]
    pieces = cut(slips, 0, 100)
    assert pieces == [(0, 10), (10, 20), (20, 30)]
    assert attributed(slips, SLO, {(0, 10): 1, (10, 20): 20, (20, 30): 300}) == {1: 320, 2: 1}


def test_a_revoked_charge_leaves_its_events_to_the_next() -> None:
    slips = [a_charge(1, 0, 20, back=True), a_charge(2, 10, 30)]
    assert cut(slips, 0, 15) == [(10, 15)]
    assert attributed(slips, SLO, {(10, 15): 7}) == {2: 7}


def test_a_charge_outside_the_window_is_none_of_it() -> None:
    slips = [a_charge(1, 0, 10), a_charge(2, 50, 60)]
    assert cut(slips, 10, 50) == []
    assert attributed(slips, SLO, {}) == {}


def test_a_charge_of_another_journey_has_nothing() -> None:
    slips = [a_charge(1, 0, 10, "play-live"), a_charge(2, 0, 10, SLO)]
    assert attributed(slips, SLO, {(0, 10): 5}) == {2: 5}
    assert attributed(slips, "play-live/availability", {(0, 10): 5}) == {1: 5}


def test_every_category_has_a_word_and_can_be_chosen() -> None:
    [category] = [param for param in charge.commands["add"].params if param.name == "category"]
    [kind] = [param for param in adjust.commands["add"].params if param.name == "kind"]
    assert tuple(category.type.choices) == CATEGORIES  # type: ignore[attr-defined]
    assert all(kind_word(word) for word in (*CATEGORIES, UNEXPLAINED, *kind.type.choices))  # type: ignore[attr-defined]


slips = st.lists(
    st.tuples(
        st.integers(0, 50),
        st.integers(1, 40),
        st.sampled_from(["play", SLO, "other"]),
        st.sampled_from(CATEGORIES),
        st.booleans(),
    ),
    max_size=6,
).map(
    lambda facts: [
        a_charge(n + 1, start, start + length, what, kind, back)
        for n, (start, length, what, kind, back) in enumerate(facts)
    ]
)


@given(
    slips=slips,
    bad=st.dictionaries(st.integers(0, 100), st.integers(1, 9)),
    window=st.tuples(*[st.integers(0, 100)] * 2),
)
def test_as_if_every_event_were_charged_by_itself(
    slips: list[Slip], bad: dict[int, int], window: tuple[int, int]
) -> None:
    start, end = min(window), max(window)
    expected: Counter[int] = Counter()
    categories: Counter[str] = Counter()
    for minute, events in bad.items():
        if not start <= minute < end:
            continue
        holders = [
            slip
            for slip in slips
            if slip.revoked is None and slip.what in ("play", SLO) and slip.from_minute <= minute < slip.to_minute
        ]
        if holders:
            expected[holders[0].id or 0] += events
        categories[holders[0].kind if holders else UNEXPLAINED] += events
    pieces = {piece: sum(bad.get(minute, 0) for minute in range(*piece)) for piece in cut(slips, start, end)}
    charged = attributed(slips, SLO, pieces)
    assert {number: events for number, events in charged.items() if events} == dict(expected)
    spent = sum(categories.values())
    parts = by_category(slips, charged, spent)
    assert {category: events for category, events in parts.items() if events} == dict(categories)
    assert sum(parts.values()) == spent
