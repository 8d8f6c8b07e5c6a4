"""What the gate answers, for every policy, age of counts and kind of release."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kakeibo.alerts.gate import Counted, Verdict, answer
from kakeibo.policies import Act, Condition, Due, Facts, Kind, Policy, Rule, Standing, Status

FRESH = Counted("play/availability", "exhausted", 5, True)
SPENT = Facts("play/availability", frozenset({"availability"}), "cuj", "exhausted", Fraction(-1))


def standing(*acts: Act, status: Status = "in_force", exempt: tuple[Kind, ...] = ("urgent", "security")) -> Standing:
    rule = Rule("used-up", Condition(state=("exhausted",)), acts)
    policy = Policy("player", (rule,), approvers=("Product owner",), approved=date(2026, 10, 1), exempt=exempt)
    return Standing(policy, "Player team", status, (Due(rule, SPENT),) if acts else ())


def told(found: Standing | None, counted: Counted = FRESH, kind: Kind = "normal") -> tuple[Verdict, list[str]]:
    given_ = answer(found, [counted], kind)
    return given_.verdict, [reason.cause for reason in given_.reasons]


def test_a_freeze_denies() -> None:
    assert told(standing("freeze", "review")) == ("deny", ["frozen"])


def test_past_its_revisit_date_it_denies_and_says_so() -> None:
    assert told(standing("freeze", status="overdue")) == ("deny", ["frozen", "overdue"])


@pytest.mark.parametrize("status", ["unsigned", "not_yet"])
def test_what_is_not_in_force_warns(status: Status) -> None:
    assert told(standing("freeze", status=status)) == ("warn", ["unsigned"])


@pytest.mark.parametrize("kind", ["urgent", "security"])
def test_what_is_exempt_passes(kind: Kind) -> None:
    assert told(standing("freeze"), kind=kind) == ("allow", ["exempt"])
    assert told(standing("freeze", exempt=()), kind=kind) == ("deny", ["frozen"])


@pytest.mark.parametrize(
    ("counted", "cause"),
    [
        (Counted("play/availability", "exhausted", 61, True), "stale"),
        (Counted("play/availability", "no_data", None, True), "no_counts"),
        (Counted("play/availability", "exhausted", 5, False), "doubtful"),
    ],
)
def test_counts_that_cannot_be_relied_on_neither_deny_nor_allow(counted: Counted, cause: str) -> None:
    assert told(standing("freeze"), counted) == ("warn", ["unsure", cause])
    assert told(standing(), counted) == ("warn", [cause])


def test_an_hour_old_is_not_too_old() -> None:
    assert told(standing("freeze"), Counted("play/availability", "exhausted", 60, True)) == ("deny", ["frozen"])


def test_one_stale_objective_does_not_free_the_others() -> None:
    stale = Counted("play/latency", "healthy", 1_000, True)
    given_ = answer(standing("freeze"), [FRESH, stale], "normal")
    assert (given_.verdict, [reason.cause for reason in given_.reasons]) == ("deny", ["frozen", "stale"])


def test_other_consequences_do_not_concern_releases() -> None:
    assert told(standing("page", "ticket", "review")) == ("allow", [])
    assert told(standing("caution")) == ("warn", ["caution"])


def test_without_a_policy_a_spent_budget_is_said() -> None:
    assert told(None) == ("warn", ["spent", "no_policy"])
    assert told(None, Counted("play/availability", "healthy", 5, True)) == ("allow", ["no_policy"])
    assert answer(None, [], "normal").verdict == "allow"


@given(
    st.lists(st.sampled_from(get_args(Act)), max_size=3, unique=True),
    st.sampled_from(get_args(Status)),
    st.sampled_from(get_args(Kind)),
    st.none() | st.integers(0, 120),
    st.booleans(),
)
def test_a_denial_has_a_signed_freeze_and_good_counts(
    acts: list[Act], status: Status, kind: Kind, age: int | None, trusted: bool
) -> None:
    """The other way round too: nothing else denies, and nothing of this lets pass."""
    verdict, causes = told(
        standing(*acts, status=status), Counted("play/availability", "exhausted", age, trusted), kind
    )
    signed, relied_on = status in ("in_force", "overdue"), age is not None and age <= 60 and trusted
    assert (verdict == "deny") == ("freeze" in acts and signed and relied_on and kind == "normal")
    assert verdict == "allow" or kind == "normal"
    assert ("overdue" in causes) == (status == "overdue")
