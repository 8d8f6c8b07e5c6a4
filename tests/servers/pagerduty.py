"""PagerDuty's Events API v2: the routing key and the fields that an event must have."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from tests.servers.receiver import Receiver, Reply, Request, reply_json

KEY = "0123456789abcdef0123456789abcdef"


class PagerDuty(Receiver):
    """`states`: dedup_key -> "triggered", "acknowledged" or "resolved"."""

    def __init__(self) -> None:
        super().__init__()
        self.states: dict[str, str] = {}

    def check(self, request: Request) -> Reply:
        if request.path != "/v2/enqueue":
            return Reply(404, "not found")
        event = request.json()
        if errors := list(wrong(event)):
            document = {"status": "invalid event", "message": "Event object is invalid", "errors": errors}
            return reply_json(document, 400)
        key, action = event["dedup_key"], event["event_action"]
        if action == "trigger":
            self.states[key] = "triggered"
        elif key in self.states:  # what is not known is ignored, without a word
            self.states[key] = {"acknowledge": "acknowledged", "resolve": "resolved"}[action]
        return reply_json({"status": "success", "message": "Event processed", "dedup_key": key}, 202)


def wrong(event: dict[str, Any]) -> list[str]:
    errors = []
    if len(event.get("routing_key", "")) != 32:
        errors.append("Length of 'routing_key' is incorrect (should be 32 characters)")
    if event.get("event_action") not in ("trigger", "acknowledge", "resolve"):
        errors.append("'event_action' is invalid")
    if not 0 < len(event.get("dedup_key", "")) <= 255:
        errors.append("'dedup_key' is invalid")
    if event.get("event_action") == "trigger":
        payload = event.get("payload", {})
        errors += [
            f"'payload.{name}' is missing" for name in ("summary", "source", "severity") if not payload.get(name)
        ]
        if len(payload.get("summary", "")) > 1024:
            errors.append("'payload.summary' is too long")
        if payload.get("severity") not in ("critical", "error", "warning", "info"):
            errors.append("'payload.severity' is invalid")
        datetime.fromisoformat(payload["timestamp"])
        if any(not link.get("href") for link in event.get("links", [])):
            errors.append("'links' need href")
    return errors
