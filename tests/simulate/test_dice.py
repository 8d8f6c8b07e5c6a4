"""Draws: in range, fair, pinned; lines through knots: exact."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from math import floor

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from kakeibo.simulate.dice import Dice, through


@given(seed=st.integers(), limit=st.integers(1, 2**31 - 1), size=st.integers(0, 200))
def test_below_stays_below(seed: int, limit: int, size: int) -> None:
    drawn = Dice(seed).below(limit, size)
    assert len(drawn) == size
    assert all(0 <= number < limit for number in drawn.tolist())


def test_every_number_has_its_share() -> None:
    counts = np.bincount(Dice("fair").below(10, 100_000), minlength=10)
    assert counts.min() > 9_500
    assert counts.max() < 10_500


def test_the_stream_is_pinned() -> None:
    """These numbers must be the same with every NumPy and on every platform."""
    assert Dice(1, "learning-video").below(1000, 8).tolist() == [582, 197, 56, 629, 312, 205, 619, 532]
    assert Dice(1, "learning-video").hexes(24, 2) == ["a1fbfcc8d2a5fe9482de8b6d", "01309f3277e03f6cec85560e"]


def test_purposes_are_independent() -> None:
    assert Dice(1, "a").below(2**31 - 1, 4).tolist() != Dice(1, "b").below(2**31 - 1, 4).tolist()
    assert Dice(1, "a").below(2**31 - 1, 4).tolist() != Dice(2, "a").below(2**31 - 1, 4).tolist()


@given(seed=st.integers(), digits=st.sampled_from([8, 16, 24, 32]), size=st.integers(0, 50))
def test_names_have_their_length_and_differ(seed: int, digits: int, size: int) -> None:
    names = Dice(seed).hexes(digits, size)
    assert [len(name) for name in names] == [digits] * size
    assert digits < 24 or len(set(names)) == size
    assert all(name == f"{int(name, 16):0{digits}x}" for name in names)


@given(
    places=st.lists(st.integers(-50, 150), min_size=2, max_size=6, unique=True).map(sorted),
    heights=st.lists(st.integers(-1000, 1000), min_size=6, max_size=6),
)
def test_line_through_knots_is_the_exact_one_rounded_down(places: list[int], heights: list[int]) -> None:
    knots = tuple(zip(places, heights, strict=False))
    drawn = through(knots, 100).tolist()
    for place, height in enumerate(drawn):
        segments = [pair for pair in pairwise(knots) if pair[0][0] <= place < pair[1][0]]
        if not segments:
            assert height == 0
            continue
        ((x0, y0), (x1, y1)) = segments[0]
        assert height == floor(y0 + Fraction((y1 - y0) * (place - x0), x1 - x0))
