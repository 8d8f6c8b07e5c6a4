"""/drills: incidents that were none, and how they went."""

from __future__ import annotations

from typing import Final

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from kakeibo.app.web.frame import Place, desk_of, render
from kakeibo.i18n import marked
from kakeibo.letters import drills
from kakeibo.practice.drills import records

PLACE = Place(100, "/drills", marked("Drills"))
SHOWN: Final = 50
"""Runs on the page, the newest."""
router = APIRouter()


@router.get("/drills")
def show(request: Request) -> Response:
    """Not kept from one request to the next: drills lie in files, whose change the store does not know of."""
    runs = records.runs(records.folder_of(desk_of(request).book().path))
    facts = {"runs": runs[:SHOWN], "all": runs, "drills": drills}
    return HTMLResponse(render(request, "drills.html.jinja", facts), headers={"cache-control": "private, no-cache"})
