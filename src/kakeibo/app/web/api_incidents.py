"""/api/v1/incidents: incidents and their timelines, for programs. docs/contracts/incident.md."""

from __future__ import annotations

from typing import Annotated, Any, Final

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, Field
from starlette.requests import Request
from starlette.responses import Response

from kakeibo.app.incident_desk import New
from kakeibo.app.web import seen
from kakeibo.app.web.frame import desk_of, glance_of
from kakeibo.incidents import records
from kakeibo.incidents.nouns import Register
from kakeibo.letters import incidents_json

router = APIRouter(prefix="/api/v1/incidents", tags=["incidents"])

Number = Annotated[int, Path(ge=1, le=2**31 - 1)]
Limit = Annotated[int, Query(ge=1, le=1_000, description="So many at most.")]
_PROBLEM: Final[dict[str, Any]] = {"application/problem+json": {"schema": {"type": "object"}}}
_ANSWERS: Final[dict[int | str, dict[str, Any]]] = {
    200: {"description": "the document", "content": {"application/json": {"schema": {"type": "object"}}}},
    400: {"description": "what was asked for is none", "content": _PROBLEM},
    404: {"description": "there is none of that number", "content": _PROBLEM},
    503: {"description": "the store is held: come again", "content": _PROBLEM},
}

_WRITTEN: Final[dict[int | str, dict[str, Any]]] = {
    201: {"description": "the incident as it stands", "content": _ANSWERS[200]["content"]},
    403: {"description": "not with this role", "content": _PROBLEM},
    **{status: _ANSWERS[status] for status in (400, 404, 503)},
}


@router.get("", summary="Incidents, the newest first", responses=_ANSWERS)
def listed(
    request: Request,
    every: Annotated[bool, Query(alias="all", description="Those that are over, too.")] = False,
    limit: Limit = 100,
) -> Response:
    """Without their timelines."""
    found = seen.incident_desk(request).listed(every=every)
    shown = seen.visible(request, glance_of(request).book, found)[:limit]
    return _json(incidents_json.listed(shown))


@router.get("/{number}", summary="One incident, with the newest lines of its timeline", responses=_ANSWERS)
def one(request: Request, number: Number, limit: Limit = 100) -> Response:
    """As `kakeibo incident show --json`."""
    seen.one_of(request, number)
    return _json(_whole(request, number, limit))


@router.get("/{number}/timeline", summary="A timeline, page by page", responses=_ANSWERS)
def timeline(
    request: Request,
    number: Number,
    limit: Limit = 100,
    before: Annotated[int, Query(ge=1, le=2**31 - 1, description="The `id` of an entry: those that stand before it.")]
    | None = None,
) -> Response:
    """The newest entries before `before`, the oldest of them first; `before` is the one to ask for next, or null."""
    seen.one_of(request, number)
    store = desk_of(request).store
    edge = records.place_of(store, number, before) if before is not None else None
    found = records.timeline(store, number, limit=limit, before=edge)
    more = found[0].id if len(found) == limit else None
    lines = [incidents_json.entry_line(entry) for entry in found]
    return _json({"version": incidents_json.VERSION, "timeline": lines, "before": more})


class Opening(BaseModel):
    """A new incident: `about` names journeys, objectives or services; `at` "": now."""

    title: str = Field(min_length=1, max_length=200)
    about: list[Annotated[str, Field(max_length=500)]] = Field(default=[], max_length=50)
    at: str = Field(default="", max_length=40)
    private: bool = False


class Line(BaseModel):
    """A line for the timeline. `register`: it is an update for those readers; left out: a note."""

    text: str = Field(min_length=1, max_length=4_000)
    at: str = Field(default="", max_length=40)
    register_: Register | None = Field(default=None, alias="register")


@router.post("", status_code=201, summary="Open an incident", responses=_WRITTEN)
def open_(request: Request, new: Opening) -> Response:
    """Answers with the incident, measured by what was counted."""
    seen.require_about(request, new.about)
    opened = seen.incident_desk(request).open(New(new.title, new.about, new.at, new.private))
    return _json(_whole(request, opened.id), 201)


@router.post("/{number}/timeline", status_code=201, summary="Write into a timeline", responses=_WRITTEN)
def write(request: Request, number: Number, line: Line) -> Response:
    """A note, or an update that the teams' channels are told of. Answers with the incident and its newest lines."""
    seen.require_edit(request, number)
    desk = seen.incident_desk(request)
    if line.register_ is None:
        desk.note(number, line.text, line.at)
    else:
        desk.update(number, line.text, line.register_)
    return _json(_whole(request, number), 201)


def _whole(request: Request, number: int, limit: int = 100) -> dict[str, Any]:
    view = seen.incident_desk(request).view(number, limit)
    return incidents_json.whole(view.incident, view.entries, seen.visible_pairs(request, view))


def _json(found: dict[str, Any], status: int = 200) -> Response:
    headers = {"cache-control": "private, no-cache"}
    return Response(incidents_json.encoded(found), status, media_type="application/json", headers=headers)
