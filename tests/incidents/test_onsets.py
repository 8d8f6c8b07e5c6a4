"""When it began and ended: found where it was put, in data of any traffic."""

from __future__ import annotations

import random
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kakeibo.incidents.nouns import Edge
from kakeibo.incidents.onsets import Counted, impact
from kakeibo.model import Count

DAY = (0, 720)


def counted(start: int, end: int, share: float, per_minute: int, usual: float = 0.001, seed: int = 1) -> Counted:
    """Minutes of events, of which more fail from `start` to `end`."""
    dice = random.Random(seed)
    points = {}
    for minute in range(*DAY):
        failing = share if start <= minute < end else usual
        bad = sum(dice.random() < failing for _ in range(per_minute))
        points[minute] = Count(per_minute - bad, bad)
    return Counted(Fraction(usual).limit_denominator(10_000), points)


def test_a_clear_step_is_found_to_the_minute() -> None:
    found = impact([counted(300, 360, 0.5, 50)], DAY, [305])
    assert found is not None
    assert (found.start, found.end) == (Edge(300, 300, 300), Edge(360, 360, 360))


@pytest.mark.parametrize("known", [[], [10], [330], [330, 700]])
def test_it_is_found_wherever_the_alerts_were(known: list[int]) -> None:
    found = impact([counted(300, 360, 0.5, 50)], DAY, known)
    assert found is not None
    assert found.start.minute == 300


def test_of_two_it_is_the_one_with_the_alert() -> None:
    both = counted(300, 360, 0.5, 50)
    other = counted(500, 520, 0.3, 50)
    points = {minute: other.points[minute] if minute > 400 else count for minute, count in both.points.items()}
    found = impact([Counted(both.usual, points)], DAY, [505])
    assert found is not None
    assert found.end is not None
    assert (found.start.minute, found.end.minute) == (500, 520)


def test_what_goes_on_has_no_end() -> None:
    found = impact([counted(700, 720, 0.5, 50)], DAY, [705])
    assert found is not None
    assert (found.start.minute, found.end) == (700, None)


def test_what_is_as_usual_is_no_impact() -> None:
    assert impact([counted(0, 0, 0, 50, usual=0.05)], DAY, [300]) is None
    assert impact([], DAY, [300]) is None
    assert impact([Counted(Fraction(1, 100), {})], DAY, [300]) is None


def test_a_low_traffic_has_a_wide_interval_that_has_the_truth_in_it() -> None:
    few = impact([counted(300, 400, 0.4, 1, seed=3)], DAY, [350])
    assert few is not None
    assert few.end is not None
    assert few.start.earliest <= 300 <= few.start.latest
    assert few.start.latest - few.start.earliest > 0


def test_several_objectives_tell_it_better_than_one() -> None:
    alone = impact([counted(300, 400, 0.3, 2, seed=1)], DAY, [350])
    together = impact([counted(300, 400, 0.3, 2, seed=seed) for seed in range(1, 6)], DAY, [350])
    assert alone is not None
    assert together is not None
    assert together.start.latest - together.start.earliest <= alone.start.latest - alone.start.earliest
    assert abs(together.start.minute - 300) <= 1


@settings(max_examples=40, deadline=None)
@given(
    start=st.integers(60, 500), length=st.integers(20, 150), share=st.floats(0.3, 1), per_minute=st.integers(8, 40),
    usual=st.sampled_from([0.0001, 0.001, 0.01, 0.05]), seed=st.integers(0, 10_000),
)  # fmt: skip
def test_within_two_minutes_of_the_truth_where_there_is_traffic(
    start: int, length: int, share: float, per_minute: int, usual: float, seed: int
) -> None:
    slo = counted(start, start + length, share, per_minute, usual, seed)
    found = impact([slo], DAY, [start + length // 2])
    assert found is not None
    assert found.end is not None
    assert abs(found.start.minute - start) <= 2
    assert abs(found.end.minute - start - length) <= 2
    assert found.start.earliest <= found.start.minute <= found.start.latest
    assert found.end.earliest <= found.end.minute <= found.end.latest
