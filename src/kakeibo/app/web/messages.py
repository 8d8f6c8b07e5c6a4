"""Messages of devices, many at once: a JSON object a line. Whoever is told 200 may forget them: they are on the disk.

Otherwise 503, and they come again; a message with a sequence number that comes twice counts once.
"""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Path
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from kakeibo import clock
from kakeibo.app.web.failures import RETRY, answer
from kakeibo.app.web.frame import desk_of
from kakeibo.app.web.guard import require
from kakeibo.devices import Fleet
from kakeibo.fleet import inbox
from kakeibo.fleet.batches import Batch, Flood
from kakeibo.i18n import t
from kakeibo.model import Rejection
from kakeibo.sources.kinds import incoming_kinds
from kakeibo.store import Store

VERSION = 1
router = APIRouter(prefix="/api/v1/fleets", tags=["fleets"])
_BODY = {
    "requestBody": {
        "required": True,
        "content": {"application/x-ndjson": {"schema": {"type": "string", "description": "a JSON object a line"}}},
    }
}
_ANSWERS: dict[int | str, dict[str, Any]] = {
    200: {"description": "kept; so many were no messages, and why"},
    401: {"description": "no token, or a wrong one"},
    403: {"description": "this token may not change anything of the fleet's team"},
    404: {"description": "there is no such fleet"},
    409: {"description": "the messages of this fleet are read from files"},
    413: {"description": "too large"},
    503: {"description": "not kept: come again"},
}


@router.post("/{fleet}/messages", summary="Take in messages of devices", openapi_extra=_BODY, responses=_ANSWERS)
async def messages(request: Request, fleet: Annotated[str, Path(max_length=200)]) -> Response:
    """docs/fleet-input.md; the answer: docs/contracts/messages.md"""
    desk = desk_of(request)
    book = desk.book()
    if fleet not in book.fleets:
        raise HTTPException(404, t("there is no fleet {name}", name=fleet))
    team = book.team_of(book.journeys[fleet])
    require(request, "edit", team.key if team else None)
    found = book.fleets[fleet]
    if book.sources[found.source].kind not in incoming_kinds():
        mend = t("give the fleet a source of type http: docs/fleet-input.md")
        return answer(request, 409, t("The messages of {fleet} are read from files.", fleet=fleet), mend)
    received, body = int(clock.now().timestamp() * 1000), await request.body()
    with request.app.state.gate.one_more():
        batch = await run_in_threadpool(_keep, desk.store, found, body, received)
    told = {"version": VERSION, "taken": len(batch.messages), "rejected": batch.rejected, "reasons": batch.told}
    return Response(msgspec.json.encode(told), media_type="application/json")


def _keep(store: Store, fleet: Fleet, body: bytes, received: int) -> Batch:
    """Returns when it is durable. Raises HTTPException 503 when too much waits to be judged already."""
    if inbox.size(store, fleet.source) > inbox.FULL:
        raise HTTPException(503, t("Too much waits to be judged: does kakeibo work run?"), RETRY)
    batch, flood, at = Batch(), Flood(), 0
    for line in body.split(b"\n"):
        if line.strip():
            place = Rejection("POST", at, "", "")
            batch.take(line, fleet.fields, place, received=received, flood=flood)
        at += len(line) + 1
    with store.keeping() as connection:
        inbox.put(connection, fleet.source, [inbox.block(batch)] if batch.lines else [])
    return batch
