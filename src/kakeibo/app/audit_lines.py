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


def lines(entries: Iterable[Entry], zone: str) -> list[tuple[str, ...]]:
    """Time, door, who, action, subject, detail. Who: as they called themselves, and who was signed in."""
    return [
        (
            clock.local(one.at // 60, zone).strftime("%Y-%m-%d %H:%M"),
            t(_DOORS[one.door]),
            one.who if one.visitor in ("", one.who) else f"{one.who} ({one.visitor})",
            one.action,
            *(" ".join(text.split()) for text in (one.subject, one.detail)),
        )
        for one in entries
    ]


def to_json(one: Entry) -> dict[str, Any]:
    """One entry for programs."""
    names = ("id", "door", "visitor", "who", "action", "subject", "detail")
    return {"at": clock.iso(one.at // 60), **{name: getattr(one, name) for name in names}}
