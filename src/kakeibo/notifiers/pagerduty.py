"""PagerDuty by its Events API v2: an alert is triggered, acknowledged and resolved under one key."""

from __future__ import annotations

import hashlib
from typing import Any, ClassVar, Final

from kakeibo import clock
from kakeibo.model import Severity
from kakeibo.notifiers import options
from kakeibo.notifiers.http import WebNotifier, judged
from kakeibo.notifiers.kinds import Kind, Message, Outcome, cut

_ADDRESS: Final = "https://events.pagerduty.com"
_ACTIONS: Final[dict[Kind, str]] = {"resolved": "resolve", "acknowledged": "acknowledge"}
_SEVERITIES: Final[dict[Severity | None, str]] = {"page": "critical", "ticket": "warning", None: "info"}
_SUMMARY: Final = 1024
_KEY: Final = 255


class PagerDuty(WebNotifier):
    KIND = "pagerduty"
    REQUIRED = ("routing_key_env",)
    OPTIONS: ClassVar[dict[str, dict[str, Any]]] = {
        "routing_key_env": options.variable("the integration key of the service"),
        "url": options.address(f"Where the API is. Left out: {_ADDRESS}; in Europe https://events.eu.pagerduty.com."),
        **WebNotifier.WEB,
    }
    pages = True

    def carry(self, target: str, message: Message) -> Outcome:
        del target
        address = self.text("url", _ADDRESS).rstrip("/") + "/v2/enqueue"
        answer = self.post_json(address, event(message, self.secret("routing_key_env")))
        said = answer.json()
        words = "; ".join(str(word) for word in (said.get("message"), *_listed(said.get("errors"))) if word)
        return judged(answer, str(said.get("dedup_key", "")), words)


def event(message: Message, routing_key: str) -> dict[str, object]:
    """The document that the API takes."""
    action = _ACTIONS.get(message.kind, "trigger")
    found: dict[str, object] = {
        "routing_key": routing_key,
        "event_action": action,
        "dedup_key": key_of(message.group),
    }
    if action != "trigger":
        return found
    links = [{"href": address, "text": label} for label, address in message.links]
    found |= {
        "client": "kakeibo",
        "links": links,
        "payload": {
            "summary": cut(f"{message.subject}: {message.summary}", _SUMMARY),
            "source": str(message.data.get("service") or "kakeibo"),
            "severity": _SEVERITIES[message.severity],
            "timestamp": clock.iso(message.at // 60),
            "group": str(message.data.get("team") or ""),
            "class": message.kind,
            "custom_details": _details(message),
        },
    }
    pages = [one.link for one in message.actions if one.link]
    return {**found, "client_url": pages[0]} if pages else found


def key_of(group: str) -> str:
    """A group as PagerDuty's key: as it is, or its digest where it is too long."""
    return group if len(group) <= _KEY else hashlib.sha256(group.encode()).hexdigest()


def _listed(errors: object) -> list[object]:
    return errors if isinstance(errors, list) else []


def _details(message: Message) -> dict[str, str]:
    """Facts by their labels; what has the same label stands below one another."""
    found: dict[str, list[str]] = {}
    for label, value in message.facts:
        found.setdefault(label, []).append(value)
    return {label: "\n".join(values) for label, values in found.items()}
