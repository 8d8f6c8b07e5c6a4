"""The pictures are right: coordinates against numbers worked out by hand, and rules that hold for any days."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from kakeibo.budgets.report import Row
from kakeibo.letters import pictures
from kakeibo.letters.pictures import HEIGHT, LEFT, TOP, WIDTH

histories = st.dictionaries(
    st.integers(0, 27), st.tuples(st.integers(0, 10_000), st.integers(0, 300)), min_size=1, max_size=28
).filter(lambda days: any(good + bad for good, bad in days.values()))


def test_the_days_against_the_target(row_of: Callable[..., Row]) -> None:
    # A target of 99 % in four days: met, missed by half, far below, and a day nobody measured.
    row = row_of(target="0.99", window="4d", days={0: (996, 4), 1: (985, 15), 2: (900, 100)})
    picture = pictures.daily(row)
    assert picture.floor == Fraction("0.95"), "five times the failures allowed"
    assert float(picture.target_y) == TOP + HEIGHT / 5
    assert [float(mark.x) for mark in picture.marks] == [LEFT + WIDTH * part for part in (1 / 8, 3 / 8, 5 / 8)]
    assert [float(mark.y) - TOP for mark in picture.marks] == [
        round(HEIGHT * part, 2) for part in (0.004 / 0.05, 0.015 / 0.05, 1)
    ]
    assert [(mark.missed, mark.deep) for mark in picture.marks] == [(False, False), (True, False), (True, True)]
    assert [(float(x), float(width)) for x, width in picture.gaps] == [(LEFT + WIDTH * 3 / 4, WIDTH / 4)]


def test_the_budget_over_the_window(row_of: Callable[..., Row]) -> None:
    # 4,000 events at 99 % allow 40 failures: 10, then 50, then none: 75 %, -50 %, -50 % left.
    row = row_of(target="0.99", window="4d", days={0: (990, 10), 1: (950, 50), 2: (1000, 0), 3: (1000, 0)})
    picture = pictures.burn_down(row)
    assert picture.floor == Fraction(-1, 2)
    assert float(picture.zero_y) == TOP + HEIGHT / 1.5
    (line,) = picture.lines
    points = [tuple(map(float, point.split(","))) for point in line.split()]
    quarter = WIDTH / 4
    crossing = LEFT + quarter + quarter * 0.75 / 1.25
    assert points == [
        (LEFT, TOP),
        (LEFT + quarter, TOP + HEIGHT * 0.25 / 1.5),
        (round(crossing, 2), TOP + HEIGHT / 1.5),
        (LEFT + 2 * quarter, TOP + HEIGHT),
        (LEFT + 3 * quarter, TOP + HEIGHT),
        (LEFT + 4 * quarter, TOP + HEIGHT),
    ]
    assert len(picture.above) == len(picture.below) == 1


def test_an_empty_day_is_no_day_of_full_marks(row_of: Callable[..., Row]) -> None:
    row = row_of(window="2d", days={0: (0, 0), 1: (999, 1)})
    assert len(pictures.daily(row).marks) == 1
    assert pictures.gaps(row) == [], "the source delivered something, though nothing that counts"


def test_a_day_of_25_hours_is_no_gap(row_of: Callable[..., Row]) -> None:
    row = row_of(window="3d", days={0: (10, 1), 1: (10, 1), 2: (10, 1)})
    first, second, third = row.days
    shifted = replace(row, days=(first, second, (third[0] + 60, third[1])))
    assert pictures.gaps(shifted) == []


@given(days=histories)
def test_gaps_and_days_fill_the_window(row_of: Callable[..., Row], days: dict[int, tuple[int, int]]) -> None:
    row = row_of(days=days)
    stretches = sorted([*((day.start, day.end) for day in pictures.days(row)), *pictures.gaps(row)])
    assert stretches[0][0] == row.from_minute
    assert stretches[-1][1] == row.to_minute
    assert all(one[1] == other[0] for one, other in pairwise(stretches))
    assert sum(end - start for start, end in pictures.gaps(row)) == (28 - len(days)) * 1440


@given(days=histories)
def test_the_burn_down_ends_at_what_is_left(row_of: Callable[..., Row], days: dict[int, tuple[int, int]]) -> None:
    row = row_of(days=days)
    assert row.left_ratio is not None
    picture = pictures.burn_down(row)
    top_to_bottom = (1 - row.left_ratio) / (1 - picture.floor)
    assert abs(float(picture.end[1]) - float(TOP + HEIGHT * top_to_bottom)) <= 0.005
    assert (row.left_ratio < 0) == bool(picture.below)


@given(days=histories)
def test_every_mark_stays_on_the_paper_and_on_its_side_of_the_target(
    row_of: Callable[..., Row], days: dict[int, tuple[int, int]]
) -> None:
    picture = pictures.daily(row_of(days=days))
    for mark in picture.marks:
        assert LEFT <= float(mark.x) <= LEFT + WIDTH
        assert TOP <= float(mark.y) <= TOP + HEIGHT
        assert mark.missed == (mark.day.count.bad * 1000 > mark.day.count.valid)
        assert float(mark.y) >= float(picture.target_y) if mark.missed else float(mark.y) <= float(picture.target_y)


def test_bars() -> None:
    assert [pictures.bar(Fraction(n, 4)) for n in (-1, 0, 1, 4)] == ["0", "0", "25", "100"]


def test_a_day_exactly_at_its_target_is_not_missed(row_of: Callable[..., Row]) -> None:
    (mark,) = pictures.daily(row_of(target="0.99", window="1d", days={0: (99, 1)})).marks
    assert not mark.missed
