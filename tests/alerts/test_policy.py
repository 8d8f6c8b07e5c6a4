"""The whole truth table of a policy's conditions, against an oracle that asks one thing after the other."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from fractions import Fraction
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from kakeibo.alerts.policy import due, holds
from kakeibo.policies import Condition, Facts, Policy, Rule

STATES = ["healthy", "at_risk", "exhausted", "filling", "no_data"]
SHARES = [Fraction(n, 4) for n in range(-2, 5)]
BURNS = [(Fraction(1, 50), 60), (Fraction(1, 50), 360), (Fraction(1, 10), 60)]

facts = st.builds(
    Facts,
    slo=st.just("play/availability"),
    sli=st.sampled_from([frozenset({"availability"}), frozenset({"latency"}), frozenset({"latency", "quick"})]),
    kind=st.sampled_from(["cuj", "cmc"]),
    state=st.sampled_from(STATES),
    left=st.none() | st.sampled_from(SHARES),
    firing=st.frozensets(st.sampled_from(BURNS)),
    missed_weeks=st.integers(0, 3),
    exhausted_weeks=st.integers(0, 3),
)


@st.composite
def conditions(draw: st.DrawFn) -> Condition:
    """Any condition; each key is left out as often as it is written."""
    keys: dict[str, st.SearchStrategy[Any]] = {
        "sli": st.lists(st.sampled_from(["availability", "latency", "quick"]), min_size=1).map(tuple),
        "kind": st.sampled_from(["cuj", "cmc"]),
        "state": st.lists(st.sampled_from(STATES), min_size=1).map(tuple),
        "left_below": st.sampled_from(SHARES),
        "missed_weeks": st.integers(1, 3),
        "exhausted_weeks": st.integers(1, 3),
    }
    written = {key: draw(values) for key, values in keys.items() if draw(st.booleans())}
    if draw(st.booleans()):
        written["burn"], written["within"] = draw(st.sampled_from(BURNS))
    return Condition(**written)


def oracle(when: Condition, known: Facts) -> bool:
    """Each demand by itself, in the plainest way there is."""
    demands = []
    if when.sli:
        demands.append(any(wanted == one for wanted in when.sli for one in known.sli))
    if when.kind is not None:
        demands.append(when.kind == known.kind)
    if when.state:
        demands.append(any(state == known.state for state in when.state))
    if when.left_below is not None:
        demands.append(known.left is not None and when.left_below - known.left > 0)
    if when.burn is not None:
        demands.append(any(share == when.burn and minutes == when.within for share, minutes in known.firing))
    if when.missed_weeks is not None:
        demands.append(not known.missed_weeks < when.missed_weeks)
    if when.exhausted_weeks is not None:
        demands.append(not known.exhausted_weeks < when.exhausted_weeks)
    return False not in demands


@given(conditions(), facts)
def test_a_condition_holds_as_the_oracle_says(when: Condition, known: Facts) -> None:
    assert holds(when, known) == oracle(when, known)


@given(st.lists(conditions(), max_size=4), st.lists(facts, max_size=4))
def test_what_is_due_is_every_rule_for_every_slo_that_it_holds_for(whens: list[Condition], known: list[Facts]) -> None:
    named = [replace(one, slo=f"play/{number}") for number, one in enumerate(known)]
    rules = tuple(Rule(f"rule-{number}", when, ("ticket",)) for number, when in enumerate(whens))
    expected = [(rule.key, one.slo) for rule in rules for one in named if oracle(rule.when, one)]
    assert [(one.rule.key, one.facts.slo) for one in due(Policy("player", rules), named)] == expected


@given(facts, st.sampled_from(["left_below", "burn", "missed_weeks", "exhausted_weeks"]))
def test_what_was_not_measured_meets_no_condition(known: Facts, asked: str) -> None:
    blank = replace(known, left=None, firing=frozenset(), missed_weeks=0, exhausted_weeks=0)
    written: dict[str, Any] = {"left_below": Fraction(2), "burn": Fraction(1, 50), "missed_weeks": 1}
    when = Condition(**{asked: written.get(asked, 1)}, within=60)
    assert not holds(when, blank)


def test_below_means_below_to_the_last_event() -> None:
    quarter = Condition(left_below=Fraction(1, 4))
    at, below = Fraction(1, 4), Fraction(1, 4) - Fraction(1, 10**30)
    known = Facts("play/availability", frozenset({"availability"}), "cuj", "at_risk")
    assert not holds(quarter, replace(known, left=at))
    assert holds(quarter, replace(known, left=below))


def test_since_when_and_until_when_a_policy_holds() -> None:
    signed = Policy("player", (), approvers=("Product owner",), approved=date(2026, 10, 1), revisit=date(2027, 3, 31))
    assert signed.status(date(2026, 9, 30)) == "not_yet"
    assert signed.status(date(2026, 10, 1)) == "in_force"
    assert signed.status(date(2027, 3, 31)) == "in_force"
    assert signed.status(date(2027, 4, 1)) == "overdue"
    assert replace(signed, revisit=None).status(date(2099, 1, 1)) == "in_force"
    assert replace(signed, approvers=()).status(date(2026, 11, 1)) == "unsigned"
    assert replace(signed, approved=None).status(date(2026, 11, 1)) == "unsigned"
