"""What Slack posts to: /chat/slack/commands, /chat/slack/actions and /chat/slack/events."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final

import msgspec
from slack_bolt import BoltRequest
from slack_sdk.signature import SignatureVerifier
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from kakeibo import clock
from kakeibo.app import forms
from kakeibo.app.chat import slack
from kakeibo.model import Book
from kakeibo.store import Store

if TYPE_CHECKING:
    from slack_bolt import App

PREFIX: Final = "/chat/slack"
AGE: Final = 5 * 60
"""Seconds after which a request counts as replayed, as Slack recommends."""


def routes(book: Callable[[], Book], store: Store) -> list[Route]:
    """The routes over the book as it is at each request."""
    door = _Door(book, store)
    names = {"commands": "command", "actions": "payload"}
    return [*(_route(door, name, field) for name, field in names.items()), _events(door)]


def _route(door: _Door, name: str, field: str) -> Route:
    async def endpoint(request: Request) -> Response:
        body = await forms.body_of(request)
        return await run_in_threadpool(door.answer, dict(request.headers), body, field)

    return Route(f"{PREFIX}/{name}", endpoint, methods=["POST"], name=f"slack_{name}")


def _events(door: _Door) -> Route:
    """Events come as JSON, not as forms."""

    async def endpoint(request: Request) -> Response:
        body = await forms.json_of(request)
        return await run_in_threadpool(door.tell, dict(request.headers), body)

    return Route(f"{PREFIX}/events", endpoint, methods=["POST"], name="slack_events")


class _Door:
    """Lets in what is signed, new and whole; the rest is Bolt's."""

    def __init__(self, book: Callable[[], Book], store: Store) -> None:
        self._book, self._store = book, store
        self._apps: dict[str, App] = {}
        self._seen: dict[str, float] = {}
        self._lock = threading.Lock()

    def answer(self, headers: Mapping[str, str], body: bytes, field: str) -> Response:
        """Raises HTTPException: 401 for a wrong, old or replayed signature, 400 for what is damaged."""
        if not body.isascii():
            raise forms.malformed()
        secret = slack.secret_of(self._book())
        if not _is_signed(secret, headers, body) or self._replayed(headers):
            raise forms.unsigned()
        fields = dict(forms.fields_of(body))
        if not _is_whole(fields, field):
            raise forms.malformed()
        answered = self._app(secret).dispatch(BoltRequest(body=body.decode(), headers=dict(headers)))
        return Response(answered.body, answered.status, _plain(answered.headers))

    def tell(self, headers: Mapping[str, str], body: bytes) -> Response:
        """An event, or Slack's question whether the address is ours. Raises HTTPException 401 and 400."""
        secret = slack.secret_of(self._book())
        if not _is_signed(secret, headers, body) or self._replayed(headers):
            raise forms.unsigned()
        try:
            event: Any = msgspec.json.decode(body)
        except msgspec.DecodeError:
            raise forms.malformed() from None
        if not isinstance(event, dict) or not _is_event(event):
            raise forms.malformed()
        answered = self._app(secret).dispatch(BoltRequest(body=body.decode(), headers=dict(headers)))
        return Response(answered.body, answered.status, _plain(answered.headers))

    def _app(self, secret: str) -> App:
        with self._lock:
            if secret not in self._apps:
                self._apps[secret] = slack.app_of(self._book, self._store, secret)
            return self._apps[secret]

    def _replayed(self, headers: Mapping[str, str]) -> bool:
        """Whether somebody sends what was sent before. Slack says so when it does, and signs it anew; what it asks for
        is then recognised by its trigger."""
        now, signature = clock.monotonic(), headers.get("x-slack-signature", "")
        with self._lock:
            self._seen = {key: at for key, at in self._seen.items() if now - at < 2 * AGE}
            seen = signature in self._seen
            self._seen[signature] = now
        return seen and "x-slack-retry-num" not in headers


def _is_signed(secret: str, headers: Mapping[str, str], body: bytes) -> bool:
    stamp = headers.get("x-slack-request-timestamp", "")
    well = bool(secret) and stamp.isascii() and stamp.isdecimal() and len(stamp) < 16
    return well and SignatureVerifier(secret).is_valid_request(body, dict(headers))


def _is_whole(fields: Mapping[str, str], needed: str) -> bool:
    """Whether Bolt can read it: a command has its name and sender, a button a JSON object with those who pressed it."""
    if needed == "command":
        return all(fields.get(name) for name in ("command", "user_id", "team_id", "trigger_id"))
    try:
        payload: Any = msgspec.json.decode(fields.get("payload", ""))
    except msgspec.DecodeError:
        return False
    if not isinstance(payload, dict) or not isinstance(payload.get("trigger_id"), str):
        return False
    return all(isinstance(payload.get(name), dict) for name in ("user", "team")) and _has_actions(payload)


def _is_event(event: Mapping[str, Any]) -> bool:
    """Whether Bolt can read it: a challenge, or something that happened, with its number."""
    if event.get("type") == "url_verification":
        return isinstance(event.get("challenge"), str)
    inner = event.get("event")
    return isinstance(inner, dict) and all(isinstance(event.get(key), str) for key in ("type", "team_id", "event_id"))


def _has_actions(payload: Mapping[str, Any]) -> bool:
    actions = payload.get("actions")
    return isinstance(actions, list) and bool(actions) and isinstance(actions[0], dict) and "action_id" in actions[0]


def _plain(headers: Mapping[str, Any]) -> dict[str, str]:
    """Bolt gives every header as a list."""
    return {name: values[0] if isinstance(values, list) else str(values) for name, values in headers.items()}
