"""The audit log, ready to be read: on the page /audit, in the shell, as JSON."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from kakeibo import clock
from kakeibo.i18n import marked, t
from kakeibo.store.audit import Door, Entry

_DOORS: Final[dict[Door, str]] = {
    "cli": marked("shell"),
    "web": marked("pages"),
    "api": marked("API"),
    "chat": marked("chat"),
    "telephone": marked("telephone"),
}

ACTIONS: Final[dict[str, str]] = {
    "access.closed": marked("ended an access"),
    "access.opened": marked("gave somebody access for a while"),
    "account.password": marked("gave a local account a password"),
    "account.removed": marked("removed a local account"),
    "adjustment.entered": marked("left something out of the account"),
    "adjustment.revoked": marked("took back what was left out"),
    "alert.taken": marked("took an alert"),
    "alerts.received": marked("told of alerts"),
    "call": marked("called somebody"),
    "charge.entered": marked("charged failures to a cause"),
    "charge.revoked": marked("took back a charge"),
    "fleet.confirm": marked("let a held service-out happen"),
    "fleet.let_go": marked("let a held service-out go"),
    "fleet.lock": marked("took a device out of service"),
    "fleet.release": marked("put a device back into service"),
    "gate.overridden": marked("released against the agreement"),
    "incident.acknowledged": marked("took an incident"),
    "incident.merged": marked("put two incidents together"),
    "incident.milestone": marked("marked a milestone of an incident"),
    "incident.mitigated": marked("said that users of an incident are well again"),
    "incident.no_milestone": marked("took the mark off a milestone"),
    "incident.note": marked("wrote into the timeline of an incident"),
    "incident.opened": marked("opened an incident"),
    "incident.private": marked("made an incident private"),
    "incident.public": marked("made an incident public"),
    "incident.renamed": marked("gave an incident another title"),
    "incident.reopened": marked("opened an incident again"),
    "incident.resolved": marked("closed an incident"),
    "incident.role": marked("gave somebody a role in an incident"),
    "incident.task": marked("added a task to an incident"),
    "incident.task_done": marked("did a task of an incident"),
    "incident.times": marked("corrected the times of an incident"),
    "incident.update": marked("told how an incident stands"),
    "journey.critical": marked("decided that a journey is critical"),
    "journey.later": marked("put off the decision on a journey"),
    "journey.not_critical": marked("decided that a journey is not critical"),
    "journey.vote": marked("voted on a journey"),
    "lab.file": marked("gave the lab a file"),
    "oncall.revoked": marked("took back a change of duty"),
    "page.answered": marked("answered a call"),
    "page.resolved": marked("said that it is over"),
    "postmortem.action_done": marked("finished an action of a postmortem"),
    "postmortem.answer": marked("answered a comment on a postmortem"),
    "postmortem.edited": marked("edited a postmortem"),
    "postmortem.imported": marked("took over a postmortem"),
    "postmortem.meeting_began": marked("began the meeting on a postmortem"),
    "postmortem.meeting_ended": marked("ended the meeting on a postmortem"),
    "postmortem.opened": marked("began a postmortem"),
    "postmortem.prevention": marked("proposed a prevention in a postmortem"),
    "postmortem.published": marked("published a postmortem"),
    "postmortem.question": marked("asked a question about a postmortem"),
    "postmortem.ready": marked("called a postmortem ready"),
    "postmortem.suggestion": marked("made a suggestion on a postmortem"),
    "postmortem.withdrawn": marked("withdrew a postmortem"),
    "release": marked("told of a release"),
    "sign-in.local": marked("signed in with a local account"),
    "sign-in.oidc": marked("signed in"),
    "sign-out": marked("signed out"),
    "silence.entered": marked("asked for quiet"),
    "silence.revoked": marked("ended a quiet time"),
    "stage.page": marked("let an objective wake somebody"),
    "stage.provisional": marked("let an objective tell nobody"),
    "stage.ticket": marked("let an objective write tickets"),
    "support.asked": marked("asked as support"),
    "token.created": marked("made a token"),
    "token.revoked": marked("ended a token"),
}
"""What somebody did, in words; of what is not here, the name is shown."""


def words(action: str) -> str:
    """What somebody did, in the language in use."""
    if action in ACTIONS:
        return t(ACTIONS[action])
    return t("changed who is on duty") if action.startswith("oncall.") else action


def lines(entries: Iterable[Entry], zone: str) -> list[tuple[str, ...]]:
    """Time, door, who, action, subject, detail. Who: as they called themselves, and who was signed in."""
    return [
        (
            clock.local(one.at // 60, zone).strftime("%Y-%m-%d %H:%M"),
            t(_DOORS[one.door]),
            _who(one),
            one.action,
            *(" ".join(text.split()) for text in (one.subject, one.detail)),
        )
        for one in entries
    ]


def _who(one: Entry) -> str:
    if one.who and one.visitor not in ("", one.who):
        return f"{one.who} ({one.visitor})"
    return one.who or one.visitor or t("somebody")


def to_json(one: Entry) -> dict[str, Any]:
    """One entry for programs."""
    names = ("id", "door", "visitor", "who", "action", "subject", "detail")
    return {"at": clock.iso(one.at // 60), **{name: getattr(one, name) for name in names}}
