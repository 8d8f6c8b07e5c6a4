"""The alert of one severity: all its rules together, and what it was before. Pure.

    quiet     no rule fires
    firing    a rule fires, or did and nobody can say yet that it is over
    no_data   not one event for as long as the shortest rule looks back

An alert that fires ends when events say so, not when events stop coming.
"""

from __future__ import annotations

from collections.abc import Sequence

from kakeibo.alerts.decide import Decision, State


def alert_state(before: State, decisions: Sequence[Decision]) -> tuple[State, Decision]:
    """The state of an alert and the decision that it rests on. `decisions`: its rules', the shortest window first."""
    firing = [decision for decision in decisions if decision.state == "firing"]
    if firing:
        return "firing", firing[0]
    shortest = decisions[0]
    if before == "firing":
        unfinished = [decision for decision in decisions if decision.reason == "silent_now"]
        if unfinished:
            return "firing", unfinished[0]
    if shortest.reason == "silent":
        return "no_data", shortest
    return "quiet", shortest
