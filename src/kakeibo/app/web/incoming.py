"""Alerts of other tools, taken in: the webhook of Alertmanager (version 4) and PagerDuty's Events API (version 2).

Whoever is told "taken" may forget it: it is in the store by then. Otherwise 503, and they come again; the same news
twice is kept once. https://prometheus.io/docs/alerting/latest/configuration/#webhook_config,
https://developer.pagerduty.com/docs/events-api-v2-overview
"""

from __future__ import annotations

import hmac
import secrets
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Annotated, Any, Final, Literal

import msgspec
from fastapi import APIRouter
from msgspec import Meta
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from kakeibo import clock
from kakeibo.alerts.received import Received, Standing, take
from kakeibo.app.web.failures import RETRY, answer
from kakeibo.app.web.frame import desk_of
from kakeibo.i18n import t

AT_ONCE: Final = 16
"""Messages that may wait for the store; further ones are asked to come again."""
VARIABLE: Final = "KAKEIBO_INCOMING_TOKEN"
_UNENDED: Final = "0001-"
"""How Alertmanager writes the end of what goes on: the year 1."""

router = APIRouter(prefix="/api/v1/incoming", tags=["incoming"])
Name = Annotated[str, Meta(min_length=1, max_length=1_024)]
Text = Annotated[str, Meta(max_length=20_000)]


class Gate:
    """Who may tell us something, and how many at once. With no token nobody may."""

    def __init__(self, token: str) -> None:
        self._token = token
        self._free = threading.BoundedSemaphore(AT_ONCE)

    def check(self, shown: str) -> None:
        """Raises HTTPException unless `shown` is the token."""
        if not self._token:
            raise HTTPException(403, t("Nothing is taken in: start the server with {variable} set.", variable=VARIABLE))
        if not hmac.compare_digest(shown.encode(), self._token.encode()):
            raise HTTPException(401, t("The token is missing or wrong."), {"www-authenticate": "Bearer"})

    @contextmanager
    def one_more(self) -> Iterator[None]:
        """Raises HTTPException while too many are under way."""
        if not self._free.acquire(blocking=False):
            raise HTTPException(503, t("Too much at once: come again."), RETRY)
        try:
            yield
        finally:
            self._free.release()


class Told(msgspec.Struct):
    """One alert of a webhook."""

    status: Literal["firing", "resolved"]
    labels: dict[str, Text]
    startsAt: datetime  # noqa: N815 - Alertmanager's names
    fingerprint: Name
    endsAt: str = ""  # noqa: N815
    annotations: dict[str, Text] = {}


class Webhook(msgspec.Struct):
    """What Alertmanager posts."""

    version: Literal["4"]
    alerts: Annotated[list[Told], Meta(max_length=5_000)]


class Payload(msgspec.Struct):
    """What a PagerDuty event is about."""

    summary: Annotated[str, Meta(min_length=1, max_length=1_024)]
    source: Name
    severity: Literal["critical", "error", "warning", "info"]
    timestamp: datetime | None = None
    component: str | None = None
    group: str | None = None
    class_: str | None = msgspec.field(name="class", default=None)
    custom_details: Any = None


class Event(msgspec.Struct):
    """What is posted to PagerDuty's /v2/enqueue."""

    routing_key: str
    event_action: Literal["trigger", "acknowledge", "resolve"]
    dedup_key: Annotated[str, Meta(max_length=255)] = ""
    payload: Payload | None = None


_STATES: Final[dict[str, Standing]] = {"trigger": "firing", "acknowledge": "acknowledged", "resolve": "resolved"}
_BODY = {"requestBody": {"required": True, "content": {"application/json": {"schema": {"type": "object"}}}}}
_REFUSALS: dict[int | str, dict[str, Any]] = {
    400: {"description": "not such a message"},
    401: {"description": "wrong token"},
    403: {"description": "no token was set"},
    413: {"description": "too large"},
    503: {"description": "not kept: come again"},
}


@router.post(
    "/alertmanager", summary="The webhook of Alertmanager, version 4", openapi_extra=_BODY, responses=_REFUSALS
)
async def alertmanager(request: Request) -> Response:
    """Takes `Authorization: Bearer TOKEN`. 200 once everything is kept."""
    gate: Gate = request.app.state.gate
    gate.check(request.headers.get("authorization", "").removeprefix("Bearer "))
    try:
        webhook = msgspec.json.decode(await request.body(), type=Webhook)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        return answer(request, 400, t("This is no webhook of Alertmanager, version 4."), str(error))
    await _kept(request, [_of_alertmanager(one) for one in webhook.alerts])
    return Response(msgspec.json.encode({"taken": len(webhook.alerts)}), media_type="application/json")


@router.post(
    "/pagerduty", status_code=202, summary="PagerDuty Events, version 2", openapi_extra=_BODY, responses=_REFUSALS
)
@router.post("/pagerduty/v2/enqueue", status_code=202, summary="The same under PagerDuty's own path",
             openapi_extra=_BODY, responses=_REFUSALS)  # fmt: skip
async def pagerduty(request: Request) -> Response:
    """The token is the `routing_key`. 202 once the event is kept."""
    gate: Gate = request.app.state.gate
    try:
        event = msgspec.json.decode(await request.body(), type=Event)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        return _invalid(str(error))
    gate.check(event.routing_key)
    if event.event_action == "trigger" and event.payload is None:
        return _invalid("Object missing required field `payload`")
    if event.event_action != "trigger" and not event.dedup_key:
        return _invalid("Object missing required field `dedup_key`")
    key = event.dedup_key or secrets.token_hex(16)
    await _kept(request, [_of_pagerduty(event, key)])
    done = {"status": "success", "message": "Event processed", "dedup_key": key}
    return Response(msgspec.json.encode(done), 202, media_type="application/json")


def _invalid(why: str) -> Response:
    """As PagerDuty answers."""
    said = {"status": "invalid event", "message": "Event object is invalid", "errors": [why]}
    return Response(msgspec.json.encode(said), 400, media_type="application/json")


async def _kept(request: Request, told: Sequence[Received]) -> None:
    """Write what was told; returns when it is durable. The store's own failures are answered with 503."""
    gate: Gate = request.app.state.gate
    store = desk_of(request).store

    def write() -> None:
        with store.writing() as connection:
            take(connection, told, int(clock.now().timestamp()))

    with gate.one_more():
        await run_in_threadpool(write)


def _of_alertmanager(one: Told) -> Received:
    ended = 0
    if one.status == "resolved":
        ended = _seconds(one.endsAt)
    return Received(
        origin="alertmanager",
        key=one.fingerprint,
        name=one.labels.get("alertname", ""),
        severity=one.labels.get("severity", ""),
        state=one.status,
        summary=next((one.annotations[name] for name in ("summary", "description") if name in one.annotations), ""),
        labels=one.labels,
        began=int(one.startsAt.timestamp()),
        ended=ended,
    )


def _seconds(text: str) -> int:
    """An end; 0 when it is none, so that the time of its arrival is taken."""
    try:
        return 0 if text.startswith(_UNENDED) else int(datetime.fromisoformat(text).timestamp())
    except ValueError:
        return 0


def _of_pagerduty(event: Event, key: str) -> Received:
    state, payload = _STATES[event.event_action], event.payload
    if payload is None:
        return Received("pagerduty", key, "", "", state, "", {}, None)
    labels = {"source": payload.source, "component": payload.component, "group": payload.group, "class": payload.class_}
    return Received(
        origin="pagerduty",
        key=key,
        name=payload.class_ or payload.component or payload.summary[:80],
        severity=payload.severity,
        state=state,
        summary=payload.summary,
        labels={name: text for name, text in labels.items() if text},
        began=None,
    )
