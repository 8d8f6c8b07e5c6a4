"""Relations, likeness, durations: exact, and never a guess where nothing is known."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from kakeibo.incidents.durations import Spread, durations
from kakeibo.incidents.likeness import Pattern, alike, likeness
from kakeibo.incidents.nouns import Edge, Harm, Incident, Measurement
from kakeibo.incidents.relations import needs, related
from kakeibo.model import Service

NINE = 29_700_000 // 1440 * 1440 + 540  # a minute at 9:00 UTC
SERVICES = {
    "shop": Service("shop", depends_on=("pay", "database")),
    "pay": Service("pay", depends_on=("bank",)),
    "bank": Service("bank", depends_on=("shop",)),  # a ring does no harm
    "video": Service("video", depends_on=("database",)),
    "database": Service("database"),
    "mail": Service("mail"),
}


def made(number: int, start: int | None, end: int | None, **more: Any) -> Incident:
    harm = Harm("play/a", 1000, 100, Fraction(1, 100), Fraction(100), Fraction(200))
    edges = [None if minute is None else Edge(minute, minute, minute) for minute in (start, end)]
    given: dict[str, Any] = {
        "slos": ("play/a",), "acknowledged_at": None, "state": "resolved",
        "measured": Measurement(0, edges[0], edges[1], 60 * (start or 0) + 300, "alert", (harm,), None, ("error=DB",)),
    } | more  # fmt: skip
    fixed: dict[str, Any] = {
        "title": "", "origin": "alert", "opened_by": "kakeibo", "private": False, "services": (),
        "opened_at": 60 * (start or 0) + 300, "mitigated_at": None, "resolved_at": None, "merged_into": None,
        "version": 1,
    }  # fmt: skip
    return Incident(id=number, **fixed | given)


def test_services_go_together_by_what_they_need() -> None:
    assert needs(SERVICES, "shop") == {"pay", "database", "bank", "shop"}
    assert related(SERVICES, "shop", "bank")
    assert related(SERVICES, "video", "shop")  # both need the database
    assert not related(SERVICES, "video", "mail")
    assert not related(SERVICES, "unknown", "mail")
    assert related(SERVICES, "unknown", "unknown")


@given(st.sampled_from(sorted(SERVICES)), st.sampled_from(sorted(SERVICES)))
def test_going_together_is_mutual(one: str, other: str) -> None:
    assert related(SERVICES, one, other) == related(SERVICES, other, one)


def test_the_same_at_the_same_hour_a_month_later_is_the_same_pattern() -> None:
    first, second = made(1, NINE, NINE + 60), made(2, NINE + 30 * 1440 + 6, NINE + 30 * 1440 + 90)
    [(found, like)] = alike(second, [first, second], "UTC")
    assert found.id == 1
    assert like.share == (2 + 2 + (1 - Fraction(6, 180))) / 5
    assert (like.journeys, like.marks, like.same_hour) == (("play",), ("error=DB",), True)
    assert alike(first, [first, second], "UTC") == []  # what comes later is no earlier one


def test_another_journey_is_another_pattern_whatever_the_hour() -> None:
    mine, other = made(1, NINE, NINE + 60), made(2, NINE + 1440, NINE + 1500, slos=("mail/a",))
    assert other.measured is not None
    elsewhere = Harm("mail/a", 10, 9, Fraction(0), Fraction(9), Fraction(1))
    other = made(2, NINE + 1440, NINE + 1500, slos=("mail/a",), measured=Measurement(
        0, Edge(NINE + 1440, NINE, NINE), harms=(elsewhere,)))  # fmt: skip
    assert alike(other, [mine], "UTC") == []


@given(st.integers(0, 1439), st.integers(0, 1439))
def test_likeness_is_mutual_and_hours_go_round_the_clock(one: int, other: int) -> None:
    first, second = (Pattern(frozenset({"a"}), frozenset(), minute) for minute in (one, other))
    assert likeness(first, second) == likeness(second, first)
    moved = Pattern(frozenset({"a"}), frozenset(), (one + 720) % 1440)
    assert likeness(moved, Pattern(frozenset({"a"}), frozenset(), (other + 720) % 1440)) == likeness(first, second)
    assert 0 <= likeness(first, second).share <= 1


def test_medians_and_ninth_deciles_with_how_many_there_are() -> None:
    assert Spread.of([None, None]) is None
    assert Spread.of([10, None, 30]) == Spread(2, Fraction(20), 30)
    assert Spread.of(range(1, 11)) == Spread(10, Fraction(11, 2), 9)
    assert Spread.of([5]) == Spread(1, Fraction(5), 5)


@given(st.lists(st.integers(0, 10**6), min_size=1, max_size=60))
def test_nine_in_ten_are_within_the_ninth_decile(lengths: list[int]) -> None:
    found = Spread.of(lengths)
    assert found is not None
    assert 10 * sum(length <= found.p90 for length in lengths) >= 9 * len(lengths)
    assert 10 * sum(length < found.p90 for length in lengths) < 9 * len(lengths)
    assert 2 * sum(length <= found.median for length in lengths) >= len(lengths)


def test_what_is_not_known_is_left_out_and_told() -> None:
    known = made(1, NINE, NINE + 60, acknowledged_at=60 * NINE + 600)
    going = made(2, NINE, None)
    unmeasured = made(3, None, None, measured=None, slos=())
    merged = made(4, NINE, NINE + 5, state="merged")
    found = durations([known, going, unmeasured, merged])
    assert (found.n, found.unmeasured, found.burnt) == (3, 1, Fraction(1))
    assert found.to_detect == Spread(2, Fraction(300), 300)
    assert found.to_acknowledge == Spread(1, Fraction(300), 300)
    assert found.to_restore == Spread(1, Fraction(3600), 3600)


def test_detection_before_the_harm_took_no_time() -> None:
    early = made(1, NINE, NINE + 60)
    assert early.measured is not None
    found = made(1, NINE, NINE + 60, measured=Measurement(0, early.measured.start, detected=60 * NINE - 600))
    assert found.time_to_detect == 0
