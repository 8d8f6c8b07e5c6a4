"""/audit: who changed what, by which door. For admins."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from kakeibo.app.audit_lines import lines, words
from kakeibo.app.web.frame import desk_of, link, render
from kakeibo.app.web.guard import require
from kakeibo.store import audit

AT_ONCE: Final = 100
router = APIRouter()


@router.get("/audit")
def show(request: Request, before: Annotated[int | None, Query(ge=1, le=2**31 - 1)] = None) -> Response:
    require(request, "administer")
    desk = desk_of(request)
    found = audit.entries(desk.store, AT_ONCE + 1, before)
    shown = found[:AT_ONCE]
    more = link(request, "/audit", before=shown[-1].id) if len(found) > AT_ONCE else None
    told = [words(one.action) for one in shown]
    facts = {"lines": list(zip(told, lines(shown, desk.book().organisation.timezone), strict=True)), "more": more}
    return HTMLResponse(render(request, "audit.html.jinja", facts))
