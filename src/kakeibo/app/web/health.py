"""/healthz: whether this process can do its work, for whoever restarts it or sends it visitors."""

from __future__ import annotations

import msgspec
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from kakeibo import ledger
from kakeibo.app.web.frame import desk_of
from kakeibo.errors import StoreError

router = APIRouter()


@router.get("/healthz")
def healthz(request: Request) -> Response:
    """200 when the store answers, 503 when it does not; `book` says whether the book on disk can be used."""
    desk = desk_of(request)
    desk.book()
    try:
        ledger.edition(desk.store)
        store = "ok"
    except StoreError as error:
        store = str(error)
    book = "ok" if desk.trouble is None else "the book on disk has errors; the last good one is in use"
    answer = msgspec.json.encode({"store": store, "book": book})
    return Response(answer, 200 if store == "ok" else 503, media_type="application/json")
