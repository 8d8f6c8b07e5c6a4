"""What is told of a policy's rule that holds, or no longer does: its flip -> words."""

from __future__ import annotations

from fractions import Fraction

from kakeibo.alerts.policy import Breach
from kakeibo.alerts.record import Flip
from kakeibo.app.routing import Routing
from kakeibo.letters import policy_messages
from kakeibo.letters.policies import names_of
from kakeibo.letters.policy_messages import Addressed
from kakeibo.model import Journey
from kakeibo.notifiers.kinds import Message
from kakeibo.policies import Due, Facts, Standing


def written(routing: Routing, breach: Breach, flip: Flip, key: str, *, over: bool) -> Message:
    """A message by its `key`. A rule that is no longer in the book can only be over."""
    book, found = routing.book, routing.rule(breach)
    names = names_of(book.journeys.values())
    team = book.teams[breach.team].name if breach.team in book.teams else breach.team
    journey = next((journey for journey, _ in routing.about(flip.alert)), None)
    to = Addressed(
        key, flip.group, flip.at, book.organisation.timezone, _runbook(routing, journey), _page(routing, journey)
    )
    if over or found is None:
        return policy_messages.over(breach.rule, breach.slo, team, names, to)
    policy, rule = found
    return policy_messages.begun(Due(rule, _facts(breach, flip)), Standing(policy, team, "in_force", ()), names, to)


def _facts(breach: Breach, flip: Flip) -> Facts:
    """Those that were recorded when the rule began to hold."""
    said = flip.facts
    left = said["budget_left"]
    return Facts(
        slo=breach.slo,
        sli=frozenset(),
        kind="",
        state=said["state"],
        left=None if left is None else Fraction(left),
        missed_weeks=said["missed_weeks"],
        exhausted_weeks=said["exhausted_weeks"],
    )


def _runbook(routing: Routing, journey: Journey | None) -> str:
    service = routing.book.services.get(journey.service or "") if journey else None
    return (service.runbook if service else None) or ""


def _page(routing: Routing, journey: Journey | None) -> str:
    """Where the product shows the journey."""
    address = routing.book.organisation.address
    return f"{address}/journeys/{journey.key}" if address and journey else ""
