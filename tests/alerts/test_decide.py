"""Decisions against an oracle in plain fractions, and at their exact edges."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kakeibo.alerts.decide import Decision, Terms, decide, terms_of
from kakeibo.alerts.windows import USUAL, can_fire, enough_to_fire, minimum_of, rules_of, short_minutes, threshold
from kakeibo.model import BurnRule, Count, Events, Method, SliceShares, Slo, Window
from kakeibo.predicates import parse

DAY = 1440
PAGE = USUAL[0]
TERMS = Terms(Fraction(999, 1000), 28 * DAY, 3)
ANY = parse("true", {})

counts = st.builds(Count, st.integers(0, 10**6), st.one_of(st.integers(0, 20), st.integers(0, 10**6)))
lost = st.fractions(0, 30, max_denominator=10**6)
shares = st.builds(
    lambda good, bad, lost: SliceShares(good, bad, lost=min(lost, Fraction(bad))), *[st.integers(0, 30)] * 2, lost
)
targets = st.fractions(0, 1, max_denominator=10**6).filter(lambda target: 0 < target < 1)
rules = st.builds(
    BurnRule,
    st.fractions(0, 1, max_denominator=1000).filter(bool),
    st.integers(1, 360).map(lambda n: 12 * n),
    st.sampled_from(["page", "ticket"]),
)


def slo(**facts: object) -> Slo:
    usual: dict[str, object] = {"target": Fraction(999, 1000), "window": Window("28d", 28 * DAY)}
    return Slo("play/a", Events("web", ANY, ANY), **{**usual, **facts})  # type: ignore[arg-type]


def oracle(rule: BurnRule, long: Count, short: Count, terms: Terms) -> tuple[str, str]:
    """The rule in other words: so much more is spent than its share of the budget of a period of this traffic."""

    def faster(count: Count, minutes: int) -> bool:
        """Does the spending of these minutes, kept up for the whole period, come to more than `share` a long window?"""
        spent_in_a_period = Fraction(count.spent) * terms.period_minutes / minutes
        budget_of_a_period = count.valid * (1 - terms.target) * terms.period_minutes / minutes
        windows_in_a_period = Fraction(terms.period_minutes, rule.minutes)
        return spent_in_a_period / windows_in_a_period > budget_of_a_period * rule.share

    if long.valid == 0:
        return "no_data", "silent"
    if not faster(long, rule.minutes):
        return "quiet", "slow"
    if short.valid == 0:
        return "no_data", "silent_now"
    if not faster(short, short_minutes(rule)):
        return "quiet", "over"
    return ("quiet", "few") if long.bad < terms.minimum_bad else ("firing", "burning")


def check(rule: BurnRule, long: Count, short: Count, terms: Terms) -> None:
    found = decide(rule, long, short, terms)
    assert (found.state, found.reason) == oracle(rule, long, short, terms)
    assert (found.burn_long is None, found.burn_short is None) == (not long.valid, not short.valid)


terms = st.builds(Terms, targets, st.integers(60, 366 * DAY), st.integers(1, 50))


@settings(max_examples=500, deadline=None)
@given(rule=rules, long=st.one_of(counts, shares), short=st.one_of(counts, shares), terms=terms)
def test_decisions_are_those_of_the_oracle(rule: BurnRule, long: Count, short: Count, terms: Terms) -> None:
    check(rule, long, short, terms)


@pytest.mark.long
@settings(max_examples=10_000, deadline=None)
@given(rule=rules, long=st.one_of(counts, shares), short=st.one_of(counts, shares), terms=terms)
def test_decisions_at_length(rule: BurnRule, long: Count, short: Count, terms: Terms) -> None:
    check(rule, long, short, terms)


@given(rule=rules, terms=terms, valid=st.integers(1, 10**6))
def test_what_suffices_fires_and_one_less_does_not(rule: BurnRule, terms: Terms, valid: int) -> None:
    enough = enough_to_fire(rule, terms.target, terms.period_minutes, Fraction(valid))
    assert (enough <= valid) == can_fire(rule, terms.target, terms.period_minutes)
    lenient = Terms(terms.target, terms.period_minutes, 1)

    def fires(bad: int) -> bool:
        count = Count(valid - bad, bad)
        return decide(rule, count, count, lenient).state == "firing"

    if enough <= valid:
        assert fires(enough)
        assert not fires(enough - 1)


@pytest.mark.parametrize(
    ("days", "thresholds"),
    [
        (28, ["13.44", "5.6", "2.8", "14/15"]),
        (30, ["14.4", "6", "3", "1"]),
        (7, ["3.36", "1.4", "0.7", "7/30"]),
    ],
)
def test_thresholds_follow_from_the_period(days: int, thresholds: list[str]) -> None:
    assert [threshold(rule, days * DAY) for rule in USUAL] == [Fraction(text) for text in thresholds]
    assert [short_minutes(rule) for rule in USUAL] == [5, 30, 120, 360]


def test_a_burn_exactly_at_the_threshold_does_not_fire() -> None:
    at, above = Count(1_000_000 - 13_440, 13_440), Count(1_000_000 - 13_441, 13_441)
    assert decide(PAGE, at, above, TERMS).reason == "slow"
    assert decide(PAGE, above, at, TERMS).reason == "over"
    assert decide(PAGE, above, above, TERMS) == Decision(
        "firing", "burning", PAGE, Fraction("13.44"), Fraction("13.441"), Fraction("13.441"), 13_441, 3
    )


def test_one_failure_among_ten_events_waits_for_more() -> None:
    one, three = Count(9, 1), Count(7, 3)
    few = decide(PAGE, one, one, TERMS)
    assert (few.state, few.reason) == ("quiet", "few")
    assert (few.burn_long, few.bad, few.minimum_bad) == (Fraction(100), 1, 3)
    assert decide(PAGE, three, one, TERMS).state == "firing"


def test_no_data_is_neither_health_nor_alarm() -> None:
    nothing, burning, calm = Count(void=9), Count(0, 99), Count(99, 0)
    assert decide(PAGE, nothing, nothing, TERMS).reason == "silent"
    assert decide(PAGE, burning, nothing, TERMS).reason == "silent_now"
    assert decide(PAGE, calm, nothing, TERMS).reason == "slow"


def test_two_percent_in_an_hour_cannot_fire_at_ninety_percent() -> None:
    target = Fraction(9, 10)
    assert [can_fire(rule, target, 28 * DAY) for rule in USUAL] == [False, True, True, True]
    everything = Count(0, 10**9)
    assert decide(PAGE, everything, everything, Terms(target, 28 * DAY, 1)).reason == "slow"


def test_an_slo_has_its_own_rules_or_the_usual_ones() -> None:
    own = (BurnRule(Fraction(1, 10), 60, "ticket"),)
    assert [rules_of(slo()), rules_of(slo(alerts=own)), rules_of(slo(alerts=()))] == [USUAL, own, ()]


def test_the_minimum_is_three_events_or_one_slice_or_what_the_book_says() -> None:
    sliced = Method("slices", 5, Fraction(95, 100))
    assert [minimum_of(slo()), minimum_of(slo(method=sliced)), minimum_of(slo(minimum_bad=7))] == [3, 1, 7]


def test_the_period_of_a_calendar_month_is_always_thirty_days() -> None:
    month = slo(window=Window("month", calendar="month", timezone="Asia/Tokyo"))
    assert terms_of(month) == Terms(Fraction(999, 1000), 30 * DAY, 3)


@pytest.mark.parametrize(
    ("events", "failures", "state"),
    [
        (178, 1, "firing"),
        (179, 1, "quiet"),
        (357, 2, "firing"),
        (358, 2, "quiet"),
        (535, 3, "firing"),
        (536, 3, "quiet"),
    ],
)
def test_after_an_incident_the_short_window_alone_says_whether_it_goes_on(
    events: int, failures: int, state: str
) -> None:
    """docs/decisions/0011: the long window of 6 hours still holds the incident, and with it the minimum of bad ones."""
    six_hours = USUAL[1]
    incident = Count(good=12 * events, bad=100)
    short = Count(good=events - failures, bad=failures)
    found = decide(six_hours, incident + short, short, TERMS)
    assert (found.state, found.reason) == (state, "burning" if state == "firing" else "over")
    alone = Count(good=12 * events, bad=0) + short  # without an incident, one or two failures are chance
    if failures < TERMS.minimum_bad:
        assert decide(six_hours, alone, short, TERMS).state == "quiet"
