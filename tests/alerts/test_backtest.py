"""Alarms against incidents, and against minute-by-minute sets."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from kakeibo.alerts.backtest import Alarm, Case, Incident, alarms_of, case, judge, together
from kakeibo.alerts.decide import Terms, decide
from kakeibo.alerts.replay import Series, replay
from kakeibo.alerts.windows import USUAL, short_minutes
from kakeibo.model import Count

TARGET = Fraction(9, 10)
STRETCHES = st.tuples(st.integers(0, 200), st.integers(1, 40), st.integers(0, 30))
ALARMS = st.lists(STRETCHES.map(lambda s: Alarm(s[0], s[0] + s[1], reach=s[2])), max_size=8)
INCIDENTS = st.lists(STRETCHES.map(lambda s: Incident(s[0], s[0] + s[1])), max_size=4)


def felt(incident: Incident, rise: int | None = None) -> Case:
    return Case(incident, Count(0, 9), True, rise)


def minutes(start: int, end: int) -> set[int]:
    return set(range(start, end))


@given(alarms=ALARMS, incidents=INCIDENTS)
def test_a_verdict_is_what_sets_of_minutes_say(alarms: list[Alarm], incidents: list[Incident]) -> None:
    verdict = judge(alarms, [felt(one) for one in incidents])
    known = set().union(*(minutes(one.start, one.end) for one in incidents))
    strangers = [alarm for alarm in alarms if not minutes(alarm.start, alarm.end) & known]
    late = [alarm for alarm in strangers if minutes(alarm.start - alarm.reach, alarm.end) & known]
    delays = []
    for one in incidents:
        firing = [alarm for alarm in alarms if minutes(alarm.start, alarm.end) & minutes(one.start, one.end)]
        delays.append(min((max(alarm.start - one.start, 0) for alarm in firing), default=None))
    assert [catch.delay for catch in verdict.catches] == delays
    assert (verdict.caught, verdict.missed) == (len(delays) - delays.count(None), delays.count(None))
    assert (verdict.false, verdict.late) == (len(strangers) - len(late), len(late))
    assert verdict.minutes == len(set().union(*(minutes(alarm.start, alarm.end) for alarm in alarms)))


@given(alarms=ALARMS)
def test_together_the_same_minutes_fire_and_the_same_are_looked_back_on(alarms: list[Alarm]) -> None:
    joined = together(alarms)
    assert set().union(*(minutes(a.start, a.end) for a in joined)) == set().union(
        *(minutes(a.start, a.end) for a in alarms)
    )
    assert all(one.end < other.start for one, other in pairwise(joined))
    assert min((a.start - a.reach for a in joined), default=0) == min((a.start - a.reach for a in alarms), default=0)


def test_an_incident_that_was_not_felt_cannot_be_missed_and_excuses_its_alarms() -> None:
    quiet = case(Incident(100, 200), Count(90, 10), TARGET, None)
    assert quiet.felt is False, "exactly as many failures as allowed"
    assert case(Incident(100, 200), Count(89, 11), TARGET, None).felt is True
    assert case(Incident(100, 200), Count(), TARGET, None).felt is None
    verdict = judge([Alarm(150, 160), Alarm(300, 310)], [quiet])
    assert (verdict.catches, verdict.false) == ((), 1)


def test_minutes_before_the_enquiries_are_negative_when_these_came_first() -> None:
    one, other = felt(Incident(100, 200), rise=160), felt(Incident(400, 500), rise=420)
    verdict = judge([Alarm(110, 120), Alarm(450, 460)], [one, other])
    assert [(catch.delay, catch.ahead) for catch in verdict.catches] == [(10, 50), (50, -30)]


@given(bad=st.lists(st.integers(0, 3), min_size=30, max_size=200), target=st.sampled_from(["0.9", "0.99", "0.999"]))
def test_alarms_of_a_replay_are_the_minutes_decided_one_by_one(bad: list[int], target: str) -> None:
    import numpy as np

    start, terms, rule = 1000, Terms(Fraction(target), 28 * 1440, 1), USUAL[0]
    counted = [Count(3 - n, n) for n in bad]
    numbers = np.arange(start, start + len(bad), dtype=np.int64)
    series = Series.of_events(numbers, np.array([c.good for c in counted]), np.array([c.bad for c in counted]))
    end = start + len(bad)

    def total(until: int, length: int) -> Count:
        return sum(counted[max(until - length, start) - start : until - start], Count())

    expected = {
        minute
        for minute in range(start, end)
        if decide(rule, total(minute, rule.minutes), total(minute, short_minutes(rule)), terms).state == "firing"
    }
    alarms = alarms_of(replay(series, [rule], start, end, terms), rule, end)
    assert set().union(*(minutes(alarm.start, alarm.end) for alarm in alarms)) == expected
