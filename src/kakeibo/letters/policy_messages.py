"""What is said when a rule of a policy begins to hold, and when it no longer does: for tickets, above all.

`group` is the matter, the same from the beginning to the end: one ticket.
"""

from __future__ import annotations

from dataclasses import dataclass

from kakeibo.i18n import language, t
from kakeibo.letters import figures, phrases, policies
from kakeibo.letters.policies import Names
from kakeibo.notifiers.kinds import Message
from kakeibo.policies import Due, Standing


@dataclass(frozen=True, slots=True)
class Addressed:
    """A message's id, its matter, the minute it speaks of, and the zone of who reads it."""

    id: str
    group: str
    at: int
    zone: str
    runbook: str = ""


def begun(due: Due, standing: Standing, names: Names, to: Addressed) -> Message:
    """A rule holds: for what, why, what the team has agreed on, and who has signed it."""
    rule, facts = due.rule, due.facts
    signed = phrases.listed([phrases.printable(name) for name in standing.policy.approvers])
    said = [
        (t("objective"), policies.name(facts.slo, names)),
        (t("why"), policies.facts(facts, rule.when)),
        (t("agreed"), policies.rule(rule)),
        (t("by"), signed),
        (t("as of"), figures.moment(to.at, to.zone)),
    ]
    return Message(
        id=to.id,
        group=to.group,
        kind="firing" if "page" in rule.acts else "ticket",
        severity="page" if "page" in rule.acts else "ticket",
        subject=t("Policy of {team}, rule {rule}", team=phrases.printable(standing.team), rule=rule.key),
        summary=policies.due(due, names),
        at=to.at * 60,
        language=language(),
        facts=tuple((label, value) for label, value in said if value),
        links=((t("what to do"), to.runbook),) if to.runbook else (),
        data={"team": standing.policy.team, "rule": rule.key, "slo": facts.slo, "then": list(rule.acts)},
    )


def over(rule: str, slo: str, team: str, names: Names, to: Addressed) -> Message:
    """A rule no longer holds for an objective."""
    name = policies.name(slo, names)
    return Message(
        id=to.id,
        group=to.group,
        kind="resolved",
        severity="ticket",
        subject=t("Policy of {team}, rule {rule}", team=phrases.printable(team), rule=rule),
        summary=t("{name}: rule {rule} no longer holds.", name=name, rule=rule),
        at=to.at * 60,
        language=language(),
        facts=((t("as of"), figures.moment(to.at, to.zone)),),
        data={"rule": rule, "slo": slo},
    )
