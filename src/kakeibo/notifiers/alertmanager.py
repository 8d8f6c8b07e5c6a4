"""Prometheus's Alertmanager, API v2: it routes, groups and silences what we tell it.

It keeps alerts in memory alone and takes them for over at their `endsAt`: what still fires has to be sent again.
"""

from __future__ import annotations

import base64
from datetime import UTC, datetime
from typing import Any, ClassVar, Final

from kakeibo import clock
from kakeibo.notifiers import options
from kakeibo.notifiers.http import WebNotifier, judged
from kakeibo.notifiers.kinds import Kind, Message, Outcome

HOLD: Final = 60 * 60
"""Seconds for which an alert holds that is not sent again."""
_LASTS: Final[dict[Kind, int]] = {"notice": 5 * 60}
"""Nobody says that a notice, such as a test, is over."""


class Alertmanager(WebNotifier):
    KIND = "alertmanager"
    REQUIRED = ("url",)
    OPTIONS: ClassVar[dict[str, dict[str, Any]]] = {
        "url": options.address("Where it is, such as http://alertmanager:9093."),
        "username": {"type": "string", "description": "The user, where it asks for one."},
        "password_env": options.variable("the user's password"),
        "token_env": options.variable("a bearer token"),
        **WebNotifier.WEB,
    }
    repeat = 5 * 60

    def carry(self, target: str, message: Message) -> Outcome:
        del target
        headers = {}
        if token := self.secret("token_env"):
            headers["Authorization"] = f"Bearer {token}"
        elif user := self.text("username"):
            pair = f"{user}:{self.secret('password_env')}".encode()
            headers["Authorization"] = f"Basic {base64.b64encode(pair).decode()}"
        now = int(clock.now().timestamp())
        answer = self.post_json(self.text("url").rstrip("/") + "/api/v2/alerts", [alert(message, now)], headers)
        return judged(answer, words=str(answer.json().get("message", "")))


def alert(message: Message, now: int) -> dict[str, object]:
    """One alert for each group, whatever burns in it: its labels stay the same from its beginning to its end."""
    data = message.data
    labels = {
        "alertname": "ErrorBudgetBurn" if message.data else "Kakeibo",
        "group": message.group,
        "severity": message.severity or "none",
        "service": str(data.get("service") or ""),
        "team": str(data.get("team") or ""),
    }
    annotations = {"summary": message.subject, "description": message.summary, **_runbook(data.get("runbook"))}
    annotations |= (
        {"details": "\n".join(f"{label}: {value}" for label, value in message.facts)} if message.facts else {}
    )
    since = str(data.get("since") or _time(message.at))
    return {
        "labels": {name: value for name, value in labels.items() if value},
        "annotations": annotations,
        "startsAt": since,
        "endsAt": _time(message.at) if message.kind == "resolved" else _time(now + _LASTS.get(message.kind, HOLD)),
        **_page(message),
    }


def _runbook(address: object) -> dict[str, str]:
    return {"runbook_url": str(address)} if address else {}


def _page(message: Message) -> dict[str, str]:
    pages = [one.link for one in message.actions if one.link]
    return {"generatorURL": pages[0]} if pages else {}


def _time(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
