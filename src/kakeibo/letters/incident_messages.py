"""What people are told of incidents by the channels: updates, and reminders of what was promised."""

from __future__ import annotations

from kakeibo.i18n import language, t
from kakeibo.incidents.nouns import Incident, Register, Task
from kakeibo.letters import figures, phrases
from kakeibo.notifiers.kinds import Message


def name(incident: Incident) -> str:
    """How an incident is called in a sentence."""
    return t("incident {id} ({title})", id=incident.id, title=phrases.printable(incident.title))


def updated(incident: Incident, register: Register, text: str, key: str, at: int, address: str) -> Message:
    """An update, for those who work on it or for everybody."""
    subject = (
        t("Update for everyone: {incident}", incident=name(incident))
        if register == "everyone"
        else t("Technical update: {incident}", incident=name(incident))
    )
    return _message(incident, key, subject, phrases.printable(text, 2_000), at, address)


def task_due(incident: Incident, task: Task, key: str, at: int, address: str, zone: str) -> Message:
    """A task has come due and is not done."""
    due = figures.moment((task.due or at) // 60, zone)
    subject = t("Due now: {task}", task=phrases.printable(task.text))
    owner = phrases.printable(task.owner) or t("nobody yet")
    summary = t("{incident}: “{task}” was to be done by {time}. Owner: {owner}.", incident=name(incident), time=due,
                task=phrases.printable(task.text, 300), owner=owner)  # fmt: skip
    return _message(incident, key, subject, summary, at, address)


def seems_over(incident: Incident, key: str, at: int, address: str, zone: str) -> Message:
    """Nothing is worse than usual any more, and nobody has said that it is over."""
    end = incident.measured.end.minute if incident.measured and incident.measured.end else at // 60
    subject = t("Is it over? {incident}", incident=name(incident))
    since = t("{incident}: since {time} no more fails than usual.", incident=name(incident),
              time=figures.moment(end, zone))  # fmt: skip
    summary = phrases.joined([since, t("If it is over, say so: kakeibo incident resolve {id}", id=incident.id)])
    return _message(incident, key, subject, summary, at, address)


def _message(incident: Incident, key: str, subject: str, summary: str, at: int, address: str) -> Message:
    links = ((t("incident"), f"{address}/incidents/{incident.id}"),) if address else ()
    return Message(
        id=key,
        group=f"incident:{incident.id}",
        kind="notice",
        severity=None,
        subject=subject,
        summary=summary,
        at=at,
        language=language(),
        links=links,
        data={"incident": incident.id},
    )
