"""The quiet-period rule and the cross-check by week."""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from kakeibo.budgets.crosscheck import cross_check
from kakeibo.budgets.quiet import ENOUGH_DAYS, RISE, Quiet, quiet, rises
from kakeibo.model import Count

MONDAY = date(2026, 9, 28)
DAYS = [MONDAY + timedelta(days=n) for n in range(28)]
USUAL = {day: 10 + day.day % 3 for day in DAYS}
COUNTS = dict.fromkeys(DAYS, Count(9995, 5))
WINDOW = Fraction(28)


def judged(enquiries: dict[date, int], counts: dict[date, Count]) -> Quiet:
    return quiet(enquiries, counts, window_days=WINDOW)


def middle(numbers: list[Fraction]) -> Fraction:
    ordered = sorted(numbers)
    half = len(ordered) // 2
    return ordered[half] if len(ordered) % 2 else (ordered[half - 1] + ordered[half]) / 2


@given(st.lists(st.integers(0, 60), min_size=1, max_size=40))
def test_a_rise_is_what_the_rule_says(numbers: list[int]) -> None:
    enquiries = {MONDAY + timedelta(days=n): count for n, count in enumerate(numbers)}
    expected = []
    for day, count in enquiries.items():
        alike = [Fraction(n) for other, n in enquiries.items() if (other.weekday() > 4) == (day.weekday() > 4)]
        usual = middle(alike)
        if count > usual + RISE * max(middle([abs(n - usual) for n in alike]), Fraction(1)):
            expected.append(day)
    assert list(rises(enquiries)[0]) == expected


def test_the_bad_days_with_enquiries_do_not_lower_the_proposal() -> None:
    storm = DAYS[8]
    found = judged(USUAL | {storm: 90}, COUNTS | {storm: Count(5000, 5000)})
    assert found.rises == (storm,)
    assert found.periods == ((DAYS[0], DAYS[7]), (DAYS[9], DAYS[-1]))
    assert found.days == 27
    assert found.proposal is not None
    assert found.proposal.target == found.proposal.just_met == Fraction("0.9995")
    assert found.proposal.low == found.proposal.share == found.proposal.high == Fraction(9995, 10_000)


def test_the_range_holds_the_share_and_is_the_same_each_time() -> None:
    counts = {day: Count(1000, n % 5) for n, day in enumerate(DAYS)}
    one, again = judged(USUAL, counts).proposal, judged(USUAL, counts).proposal
    assert one is not None
    assert one == again
    assert one.low < one.share < one.high
    assert one.target <= one.share


def test_a_proposed_target_allows_enough_failures_to_be_judged() -> None:
    found = judged(USUAL, dict.fromkeys(DAYS, Count(10)))
    assert found.proposal is not None
    assert found.proposal.target == Fraction(98, 100), "280 events in a window: 99 % would allow 2.8"
    assert found.proposal.just_met is None


def test_thirteen_quiet_days_are_too_few_and_fourteen_are_enough() -> None:
    assert ENOUGH_DAYS == 14
    few = judged(dict(list(USUAL.items())[:13]), COUNTS)
    assert (few.refusal, few.days, few.proposal) == ("few_days", 13, None)
    assert judged(dict(list(USUAL.items())[:14]), COUNTS).refusal is None


def test_days_that_were_not_measured_are_no_quiet_days() -> None:
    assert judged(USUAL, dict.fromkeys(DAYS, Count())).refusal == "no_overlap"
    assert judged(USUAL, {DAYS[-1] + timedelta(days=1): Count(5)}).refusal == "no_overlap"
    assert judged(USUAL, dict.fromkeys(DAYS, Count(0, 9))).refusal == "no_target"


def test_weeks_fall_into_four_kinds() -> None:
    target = Fraction("0.999")
    bad = Count(9000, 1000)
    counts = COUNTS | {DAYS[7]: bad, DAYS[14]: bad}
    risen = {DAYS[9], DAYS[22]}
    check = cross_check(target, USUAL, risen, counts)
    assert [(week.monday, week.met, week.raised) for week in check.weeks] == [
        (DAYS[0], True, False),
        (DAYS[7], False, True),
        (DAYS[14], False, False),
        (DAYS[21], True, True),
    ]
    assert [check.number(met=m, raised=r) for m in (True, False) for r in (True, False)] == [1, 1, 1, 1]
    assert check.weeks[0].enquiries == sum(USUAL[day] for day in DAYS[:7])
    assert check.partial == 0


def test_a_week_with_an_unknown_day_is_left_out() -> None:
    counts = COUNTS | {DAYS[3]: Count()}
    known = {day: n for day, n in USUAL.items() if day != DAYS[12]}
    check = cross_check(Fraction("0.999"), known, (), counts)
    assert [week.monday for week in check.weeks] == [DAYS[14], DAYS[21]]
    assert check.partial == 2


def test_a_day_is_quiet_only_if_neither_enquiries_nor_churn_rose() -> None:
    loud, left, unknown = DAYS[8], DAYS[15], DAYS[20]
    churn = {day: 2 for day in DAYS if day != unknown} | {left: 30}
    found = quiet(USUAL | {loud: 90}, COUNTS | {left: Count(5000, 5000)}, window_days=WINDOW, churn=churn)
    assert (found.rises, found.churn and found.churn.rises) == ((loud,), (left,))
    assert found.days == len(DAYS) - 3
    assert found.periods == ((DAYS[0], DAYS[7]), (DAYS[9], DAYS[14]), (DAYS[16], DAYS[19]), (DAYS[21], DAYS[-1]))
    assert found.proposal is not None
    assert found.proposal.share == Fraction(9995, 10_000)
    assert judged(USUAL | {loud: 90}, COUNTS | {left: Count(5000, 5000)}).churn is None
