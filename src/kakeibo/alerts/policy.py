"""Which rules of a policy hold: facts in, what is due out. Pure, and exact: nothing is rounded before it is compared.

What was not measured meets no condition: nobody is held to a number that nobody knows.
"""

from __future__ import annotations

from collections.abc import Iterable

from kakeibo.policies import Condition, Due, Facts, Policy


def due(policy: Policy, facts: Iterable[Facts]) -> tuple[Due, ...]:
    """The rules that hold, in the policy's order; each once for every SLO that it holds for."""
    known = tuple(facts)
    return tuple(Due(rule, one) for rule in policy.rules for one in known if holds(rule.when, one))


def holds(when: Condition, facts: Facts) -> bool:
    """Whether all that a condition asks is so."""
    return (
        (not when.sli or not facts.sli.isdisjoint(when.sli))
        and when.kind in (None, facts.kind)
        and (not when.state or facts.state in when.state)
        and (when.left_below is None or (facts.left is not None and facts.left < when.left_below))
        and (when.burn is None or (when.burn, when.within) in facts.firing)
        and (when.missed_weeks is None or facts.missed_weeks >= when.missed_weeks)
        and (when.exhausted_weeks is None or facts.exhausted_weeks >= when.exhausted_weeks)
    )
