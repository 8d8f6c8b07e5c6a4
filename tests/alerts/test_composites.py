"""The replay of composites says what deciding minute by minute says."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.alerts.test_replay import NOON, Events, columns, rules, terms

from kakeibo.alerts.composites import ComposedSeries
from kakeibo.alerts.decide import Decision, decide
from kakeibo.alerts.replay import AnySeries, Series, replay
from kakeibo.alerts.windows import short_minutes
from kakeibo.budgets.composites import composed
from kakeibo.model import BurnRule, Composite, Count

few = st.integers(0, 4)
children = st.lists(
    st.dictionaries(st.integers(NOON - 130, NOON + 40), st.tuples(few, few), max_size=60), min_size=1, max_size=3
)
measures = st.sampled_from(["worst", "weighted", "product"])


def counted(events: Events, start: int, end: int) -> Count:
    inside = [numbers for minute, numbers in events.items() if start <= minute < end]
    return Count(sum(good for good, _ in inside), sum(bad for _, bad in inside))


@given(measures, children, rules, terms)
@settings(max_examples=60, deadline=None)
def test_the_replay_says_what_deciding_each_minute_says(how, every, asked, judged) -> None:  # type: ignore[no-untyped-def]
    parts = tuple((f"j/{n}", Fraction(n + 1, 2)) for n in range(len(every)))
    measure = Composite(how, parts)
    series = ComposedSeries(measure, tuple(Series.of_events(*columns(events)) for events in every))
    flips = replay(series, asked, NOON, NOON + 40, judged)

    def at(rule: BurnRule, minute: int) -> Decision:
        def window(length: int) -> Count:
            return composed(measure, [counted(events, minute - length, minute) for events in every])

        return decide(rule, window(rule.minutes), window(short_minutes(rule)), judged)

    for rule in asked:
        said: str | None = None
        by_minute = {flip.minute: flip.decision for flip in flips if flip.decision.rule == rule}
        for minute in range(NOON, NOON + 40):
            decision = at(rule, minute)
            if minute in by_minute:
                assert (by_minute[minute].state, by_minute[minute].reason) == (decision.state, decision.reason)
                said = decision.state
            assert said == decision.state


def test_composites_of_composites_are_replayed() -> None:
    bad = Series.of_events(*columns({NOON + n: (0, 5) for n in range(-60, 60)}))
    good = Series.of_events(*columns({NOON + n: (5, 0) for n in range(-60, 60)}))
    pair = (("j/a", Fraction(1)), ("j/b", Fraction(1)))
    inner: AnySeries = ComposedSeries(Composite("weighted", pair), (bad, good))
    outer = ComposedSeries(Composite("worst", pair), (inner, good))
    count = outer.past(NOON - 60, NOON + 60).count(NOON, 30)
    assert (count.valid, count.spent) == (450, Fraction(450, 2))
