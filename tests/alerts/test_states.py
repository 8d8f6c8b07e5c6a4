"""The alert of one severity: it fires with any of its rules, and ends when events say so."""

from __future__ import annotations

from fractions import Fraction

import pytest

from kakeibo.alerts.decide import Decision, Reason, State
from kakeibo.alerts.states import alert_state
from kakeibo.model import BurnRule

STATES: dict[Reason, State] = {
    "burning": "firing",
    "slow": "quiet",
    "over": "quiet",
    "few": "quiet",
    "silent": "no_data",
    "silent_now": "no_data",
}


def decision(reason: Reason, minutes: int) -> Decision:
    rule = BurnRule(Fraction(2, 100), minutes, "page")
    return Decision(STATES[reason], reason, rule, Fraction(14), None, None, 0, 3)


@pytest.mark.parametrize(
    ("before", "short", "long", "after"),
    [
        ("quiet", "slow", "slow", "quiet"),
        ("quiet", "burning", "slow", "firing"),
        ("quiet", "over", "burning", "firing"),
        ("quiet", "silent", "slow", "no_data"),
        ("quiet", "silent_now", "slow", "quiet"),  # it never fired: nothing to hold on to
        ("firing", "silent_now", "slow", "firing"),  # events stopped coming: nobody can say it is over
        ("firing", "slow", "silent_now", "firing"),
        ("firing", "silent", "slow", "no_data"),
        ("firing", "over", "slow", "quiet"),
        ("firing", "few", "slow", "quiet"),
        ("no_data", "silent", "silent", "no_data"),
        ("no_data", "slow", "slow", "quiet"),
        ("no_data", "silent", "burning", "firing"),
    ],
)
def test_states(before: State, short: Reason, long: Reason, after: State) -> None:
    state, why = alert_state(before, [decision(short, 60), decision(long, 360)])
    assert state == after
    assert why.state == after or why.reason == "silent_now"
