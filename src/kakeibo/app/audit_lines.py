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
    "journey.critical": marked("decided that a journey is critical"),
    "journey.later": marked("put off the decision on a journey"),
    "journey.not_critical": marked("decided that a journey is not critical"),
    "journey.vote": marked("voted on a journey"),
    "lab.file": marked("gave the lab a file"),
    "oncall.revoked": marked("took back a change of duty"),
    "page.answered": marked("answered a call"),
    "page.resolved": marked("said that it is over"),
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
