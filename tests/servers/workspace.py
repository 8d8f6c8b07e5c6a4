"""A workspace of Slack: it sends commands and buttons as Slack does, counts the 3 seconds, and takes the answers."""

from __future__ import annotations

import hmac
import json
import time
from dataclasses import dataclass
from itertools import count
from typing import Any
from urllib.parse import urlencode

from tests.servers.exchange import posted
from tests.servers.receiver import Receiver, Reply, Request

SECRET = "signing-secret"
TEAM = "T012AB3CD"
PATIENCE = 3.0


@dataclass
class Answer:
    status: int
    text: str


class Workspace(Receiver):
    """`said`: what was answered to the addresses that came with the requests, in order."""

    def __init__(self, ours: str) -> None:
        super().__init__()
        self.ours = ours
        self.hooks = ""
        self.said: list[dict[str, Any]] = []
        self._numbers = count(1)

    def check(self, request: Request) -> Reply:
        message = request.json()
        if not request.path.startswith("/hooks/"):
            return Reply(404, "no_service")
        if not 0 < len(message.get("text", "")) <= 40_000 or message.get("response_type") not in (
            "ephemeral",
            "in_channel",
        ):
            return Reply(400, "invalid_payload")
        self.said.append(message)
        return Reply(200, "ok")

    def command(self, user: str, command: str, text: str = "", team: str = TEAM, **more: str) -> Answer:
        """Somebody types a command."""
        fields = {
            "command": command,
            "text": text,
            "user_id": user,
            "team_id": team,
            "channel_id": "C012AB3CD",
            "trigger_id": f"trigger.{next(self._numbers)}",
            "response_url": f"{self.hooks}/hooks/{next(self._numbers)}",
            **more,
        }
        return self.post("commands", urlencode(fields).encode())

    def press(self, user: str, action: str, value: str, team: str = TEAM) -> Answer:
        """Somebody presses a button."""
        payload = {
            "type": "block_actions",
            "team": {"id": team},
            "user": {"id": user, "team_id": team},
            "trigger_id": f"trigger.{next(self._numbers)}",
            "response_url": f"{self.hooks}/hooks/{next(self._numbers)}",
            "actions": [{"type": "button", "action_id": action, "block_id": "b1", "value": value}],
        }
        return self.post("actions", urlencode({"payload": json.dumps(payload)}).encode())

    def react(self, user: str, reaction: str, stamp: str, team: str = TEAM, event: str = "") -> Answer:
        """Somebody puts a reaction on a message: https://docs.slack.dev/reference/events/reaction_added"""
        item = {"type": "message", "channel": "C012AB3CD", "ts": stamp}
        body = {
            "type": "event_callback",
            "team_id": team,
            "api_app_id": "A012AB3CD",
            "event_id": event or f"Ev{next(self._numbers)}",
            "event_time": 1_790_000_000,
            "event": {"type": "reaction_added", "user": user, "reaction": reaction, "item": item, "event_ts": stamp},
        }
        return self.tell(json.dumps(body).encode())

    def tell(self, body: bytes) -> Answer:
        """An event, which is JSON."""
        return self.post("events", body, {"Content-Type": "application/json"})

    def post(self, name: str, body: bytes, headers: dict[str, str] | None = None, age: int = 0) -> Answer:
        """A signed request; `headers` go above. Late answers are none: Slack tells the user that we timed out."""
        stamp = str(int(time.time()) - age)
        known = {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": signed(body, stamp), **(headers or {})}
        began = time.monotonic()
        status, text = posted(f"{self.ours}/chat/slack/{name}", body, known)
        assert time.monotonic() - began < PATIENCE, "operation_timeout"
        return Answer(status, text)

    def wait(self, answers: int) -> list[dict[str, Any]]:
        """The answers, once there are so many."""
        end = time.monotonic() + 10
        while len(self.said) < answers:
            assert time.monotonic() < end, self.said
            time.sleep(0.01)
        return self.said


def signed(body: bytes, stamp: str, secret: str = SECRET) -> str:
    """https://docs.slack.dev/authentication/verifying-requests-from-slack"""
    return "v0=" + hmac.digest(secret.encode(), b"v0:" + stamp.encode() + b":" + body, "sha256").hex()
