"""Which promise judges a window, and which are shown beside it."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from kakeibo.budgets.promises import Other, in_force, others
from kakeibo.model import Count, Method, Promise
from kakeibo.windows import Window

DAY = Window("1d", 1440)
COUNT = Count(98, 2)


def promised(percent: str, since: int | None = None, method: Method | None = None) -> Promise:
    return Promise(Fraction(percent) / 100, DAY, method or Method(), since)


STRICT, LOOSE = promised("99"), promised("95", since=1000)


def test_the_promise_in_force_is_the_last_that_began_by_then() -> None:
    assert [in_force((STRICT, LOOSE), at) for at in (-5, 999, 1000, 1001)] == [STRICT, STRICT, LOOSE, LOOSE]


def test_both_figures_are_shown_of_a_window_in_which_the_target_changed() -> None:
    assert others((STRICT, LOOSE), 500, 1500, COUNT) == (Other(STRICT, 1000, Fraction(-1)),)


def test_a_window_after_the_change_has_nothing_to_show() -> None:
    assert others((STRICT, LOOSE), 1000, 2440, COUNT) == ()


def test_a_window_before_the_change_says_what_is_promised_since() -> None:
    [other] = others((STRICT, LOOSE), 0, 900, COUNT)
    assert (other.promise, other.later, other.left_ratio) == (LOOSE, True, None)


def test_what_never_held_is_not_shown() -> None:
    """Edited twice before anything more was counted."""
    history = (STRICT, promised("50", since=1000), promised("95", since=1000))
    assert [other.promise for other in others(history, 500, 1500, COUNT)] == [STRICT]


def test_an_edit_taken_back_leaves_no_trace_unless_it_held() -> None:
    back = (STRICT, promised("50", since=1000), promised("99", since=1000))
    assert others(back, 500, 1500, COUNT) == ()
    held = (STRICT, promised("50", since=1000), promised("99", since=1100))
    assert [(other.promise.target, other.until) for other in others(held, 500, 1500, COUNT)] == [(Fraction(1, 2), 1100)]


def test_no_figure_is_given_for_a_promise_that_counts_otherwise() -> None:
    sliced = promised("95", since=1000, method=Method("ratio_slices", 5))
    assert [other.left_ratio for other in others((STRICT, sliced), 500, 1500, COUNT)] == [None]


changes = st.lists(st.tuples(st.integers(0, 50), st.sampled_from(["90", "95", "99"])), max_size=6)


@given(changes=changes, start=st.integers(-5, 55), length=st.integers(1, 30))
def test_shown_is_what_held_in_some_minute_of_the_window(
    changes: list[tuple[int, str]], start: int, length: int
) -> None:
    """Against looking at every minute."""
    history = [promised("80"), *(promised(percent, since) for since, percent in sorted(changes, key=lambda c: c[0]))]
    at = start + length
    present = in_force(history, at)
    held = {in_force(history, minute).target for minute in range(start, at)} - {present.target}
    shown = {other.promise.target for other in others(history, start, at, COUNT) if not other.later}
    assert shown == held
