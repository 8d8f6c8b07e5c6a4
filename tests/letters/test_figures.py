"""Rounded for people, never into a lie."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kakeibo.clock import minute_of
from kakeibo.i18n import speaking
from kakeibo.letters import figures

shares = st.fractions(min_value=0, max_value=1, max_denominator=10**9)
targets = st.integers(min_value=1, max_value=99_999).map(lambda n: Fraction(n, 100_000))


def read(text: str) -> Fraction:
    """What a reader takes from "1,234.5%"."""
    return Fraction(text.replace(",", "").removesuffix("%").removesuffix("x"))


def order(one: Fraction | int, other: Fraction | int) -> int:
    return (one > other) - (one < other)


@given(shares, targets)
def test_a_share_is_never_shown_on_the_wrong_side_of_its_target(share: Fraction, target: Fraction) -> None:
    shown, promised = figures.percent(share, target, digits=2), figures.exact_percent(target)
    assert read(promised) == target * 100
    assert order(read(shown), read(promised)) == order(share, target)


@given(shares)
def test_nothing_and_all_are_said_only_when_they_are_exact(share: Fraction) -> None:
    shown = figures.percent(share)
    assert (shown == "0%") == (share == 0)
    assert (shown == "100%") == (share == 1)


@given(st.fractions(min_value=-50, max_value=1, max_denominator=10**6))
def test_what_is_left_keeps_its_sign(left: Fraction) -> None:
    assert order(read(figures.percent(left)), 0) == order(left, 0)


@given(st.fractions(min_value=0, max_value=10**7, max_denominator=10**5), st.integers(0, 10**7))
def test_failures_and_allowance_are_shown_in_their_true_order(allowed: Fraction, spent: int) -> None:
    shown = read(figures.allowance(allowed, spent))
    assert order(spent, shown) == order(spent, allowed)
    assert 0 <= allowed - shown < 1, "rounded down, by less than one failure"


@given(shares, shares, targets)
def test_rounding_keeps_the_order_of_two_shares(one: Fraction, other: Fraction, target: Fraction) -> None:
    low, high = sorted([one, other])
    assert read(figures.percent(low, target)) <= read(figures.percent(high, target))


@given(st.fractions(min_value=0, max_value=1000, max_denominator=10**6))
def test_a_speed_is_shown_on_the_right_side_of_one(speed: Fraction) -> None:
    assert order(read(figures.times(speed)), 1) == order(speed, 1)
    assert order(read(figures.times(speed)), 0) == order(speed, 0)


@pytest.mark.parametrize(
    ("shown", "expected"),
    [
        (figures.percent(Fraction("0.99996"), Fraction("0.9999"), digits=2), "99.996%"),
        (figures.percent(Fraction("0.99994"), Fraction("0.9999"), digits=2), "99.994%"),
        (figures.percent(Fraction("0.999"), Fraction("0.999"), digits=2), "99.9%"),
        (figures.percent(Fraction("0.0004")), "0.04%"),
        (figures.percent(Fraction("-0.004")), "-0.4%"),
        (figures.percent(Fraction("0.4249")), "42%"),
        (figures.exact_percent(Fraction("0.9995")), "99.95%"),
        (figures.exact_percent(Fraction(1, 2)), "50%"),
        (figures.times(Fraction("14.4")), "14.4x"),
        (figures.times(Fraction("1.0004")), "1.0004x"),
        (figures.allowance(Fraction("1234.567"), 1321), "1,234"),
        (figures.allowance(Fraction("1234.567"), 1234), "1,234.5"),
        (figures.allowance(Fraction("0.4"), 1), "0.4"),
        (figures.allowance(Fraction(5000), 17), "5,000"),
        (figures.whole(1234567), "1,234,567"),
    ],
)
def test_by_hand(shown: str, expected: str) -> None:
    assert shown == expected


def test_a_share_without_end_is_cut() -> None:
    assert figures.exact_percent(Fraction(1, 3)) == "33.3333%"


def test_times_are_told_in_the_zone_of_the_organisation() -> None:
    moment = 29_375_999  # 2025-11-07T23:59:00Z
    assert figures.moment(moment, "Asia/Tokyo") == "Nov 8, 2025, 08:59 JST"
    assert figures.moment(moment, "UTC") == "Nov 7, 2025, 23:59 UTC"
    assert figures.moment(moment, "America/Sao_Paulo") == "Nov 7, 2025, 20:59 UTC-03"
    with speaking("ja"):
        assert figures.moment(moment, "Asia/Tokyo") == "2025年11月8日 08:59 JST"
        assert figures.short_day(moment, "Asia/Tokyo") == "11月8日"


def test_the_hour_that_comes_twice_is_told_apart() -> None:
    from datetime import UTC, datetime

    first = minute_of(datetime(2026, 10, 25, 0, 30, tzinfo=UTC))
    assert figures.moment(first, "Europe/Berlin") == "Oct 25, 2026, 02:30 CEST"
    assert figures.moment(first + 60, "Europe/Berlin") == "Oct 25, 2026, 02:30 CET"


@pytest.mark.parametrize(
    ("minutes", "english", "japanese"),
    [
        (28 * 1440, "28 days", "28日"),
        (1440 + 60 + 1, "1 day 1 hour 1 minute", "1日1時間1分"),
        (150, "2 hours 30 minutes", "2時間30分"),
        (0, "0 minutes", "0分"),
    ],
)
def test_lengths_of_time(minutes: int, english: str, japanese: str) -> None:
    assert figures.span(minutes) == english
    with speaking("ja"):
        assert figures.span(minutes) == japanese
