"""What is said when a rule of a policy begins to hold, and when it no longer does: for tickets, above all.

`group` is the matter, the same from the beginning to the end: one ticket.
"""

from __future__ import annotations

from dataclasses import dataclass

from kakeibo.i18n import language, t
from kakeibo.letters import figures, phrases, policies
from kakeibo.letters.policies import Names
from kakeibo.notifiers.kinds import Action, Message
from kakeibo.policies import Due, Standing


@dataclass(frozen=True, slots=True)
class Addressed:
    """A message's id, its matter, the minute it speaks of, and the zone of who reads it. `runbook`, `page`: where to
    read what to do, and how the objective fares; or ""."""

    id: str
    group: str
    at: int
    zone: str
    runbook: str = ""
    page: str = ""


def begun(due: Due, standing: Standing, names: Names, to: Addressed) -> Message:
    """A rule holds: for what, why, what the team has agreed on, and who has signed it."""
    rule, facts = due.rule, due.facts
    urgent = "page" in rule.acts
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
        kind="firing" if urgent else "ticket",
        severity="page" if urgent else "ticket",
        subject=t("Policy of {team}, rule {rule}", team=phrases.printable(standing.team), rule=rule.key),
        summary=policies.due(due, names),
        at=to.at * 60,
        language=language(),
        facts=tuple((label, value) for label, value in said if value),
        links=_links(to, policies.name(facts.slo, names)),
        actions=(Action("acknowledge", t("I am looking into it"), to.group),) if urgent else (),
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


def _links(to: Addressed, name: str) -> tuple[tuple[str, str], ...]:
    return tuple((label, address) for label, address in ((t("what to do"), to.runbook), (name, to.page)) if address)
