"""What stands out, against the rule written out once more in integers."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from kakeibo.budgets.breakdown import Value, parts_of
from kakeibo.model import Count

counts = st.builds(Count, st.integers(0, 400), st.integers(0, 60), st.integers(0, 3))
values = st.sampled_from([*(("value", name) for name in "abcdef"), ("missing", ""), ("rest", "")])


@given(st.dictionaries(values, counts, min_size=1))
def test_the_rule(held: dict[Value, Count]) -> None:
    parts = parts_of("error", held)
    bad, good = sum(c.bad for c in held.values()), sum(c.good for c in held.values())
    assert {(p.kind, p.value): p.count for p in parts} == held
    assert all((p.whole.bad, p.whole.good) == (bad, good) for p in parts)
    for p in parts:
        b, g = p.count.bad, p.count.good
        twice, much = b * good >= 2 * bad * g, 10 * (b * good - bad * g) >= bad * good
        expected = good > 0 and bad >= 10 and b >= 5 and twice and much and p.kind != "rest"
        assert p.stands_out == expected
        assert p.lift == (Fraction(b * good, bad * g) if bad and g else None if not g else 0)
    assert not good or sum(p.excess for p in parts) == 0  # what some have too much, others lack
    assert [p.excess for p in parts] == sorted((p.excess for p in parts), reverse=True)
    assert parts_of("error", dict(reversed(held.items()))) == parts


def test_a_value_without_a_success_ranks_like_the_others() -> None:
    found = parts_of(
        "error", {("value", "DB_DOWN"): Count(0, 790), ("value", "E"): Count(0, 22), ("missing", ""): Count(9000)}
    )
    assert [(p.value, p.stands_out) for p in found[:2]] == [("DB_DOWN", True), ("E", False)]
    assert [p.excess for p in found[:2]] == [790, 22]
    assert found[0].lift is None
    assert found[0].share_of_good == 0


def test_without_a_success_nothing_is_compared() -> None:
    (part,) = parts_of("error", {("value", "a"): Count(0, 50)})
    assert part.share_of_good is None
    assert part.lift is None
    assert part.excess == 0
    assert not part.stands_out


def test_what_is_everywhere_explains_nothing() -> None:
    (part,) = parts_of("operation", {("value", "a"): Count(50, 50)})
    assert part.lift == 1
    assert part.excess == 0
    assert not part.stands_out
