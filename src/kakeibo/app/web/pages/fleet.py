"""/fleet: devices in service now, which are out and why; /fleet/DEVICE: one of them, its history, and its lock."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from urllib.parse import quote

from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from kakeibo.app import fleet_desk
from kakeibo.app.fleet_views import after_of, wanted_of, with_history
from kakeibo.app.web import forms
from kakeibo.app.web.desk import Glance
from kakeibo.app.web.forms import Form
from kakeibo.app.web.frame import Place, desk_of, glance_of, link, page
from kakeibo.app.web.guard import require, visitor_of
from kakeibo.devices import BY_HAND, Fleet, Reason
from kakeibo.errors import UsageError
from kakeibo.fleet.census import STANDINGS, Census
from kakeibo.fleet.orders import Verb
from kakeibo.i18n import marked
from kakeibo.letters import devices
from kakeibo.letters import fleet as letter
from kakeibo.letters.fleet import SECONDS_PER_DAY
from kakeibo.model import Book

PLACE = Place(110, "/fleet", marked("Fleet"), lambda book: bool(book.fleets))
ROWS: Final = 100
NEWEST: Final = 20
WIDTH: Final = 720
"""Of the picture of a day: two minutes are one unit."""
VERBS: Final[Mapping[str, Verb]] = {"lock": "lock", "release": "release", "retire": "retire", "confirm": "confirm"}
router = APIRouter()


@router.get("/fleet")
def show(request: Request) -> Response:
    def facts(glance: Glance) -> Mapping[str, object]:
        if not glance.book.fleets:
            return {"census": None}
        return _facts(request, glance)

    return page(request, "fleet.html.jinja", facts)


@router.get("/fleet/{device:path}")
def show_device(request: Request, device: str) -> Response:
    def facts(glance: Glance) -> Mapping[str, object]:
        store, fleet = desk_of(request).store, request.query_params.get("fleet") or None
        try:
            census, found, changes = with_history(glance.book, store, fleet, device)
        except UsageError as error:
            raise HTTPException(404, error.message) from None
        clock = (census.state.clock if census.state else None) or 0
        day = devices.stretches(changes, clock - SECONDS_PER_DAY, clock)
        return {
            "fleet": census.fleet,
            "journey": glance.book.journeys[census.fleet.key],
            "one": found,
            "changes": changes[::-1],
            "proposed": census.proposals().get(found.number),
            "waiting": [order for order in census.waiting if order.device == found.name],
            "clock": clock,
            "day": [(_across(s.start, clock), _across(s.end, clock), s.state) for s in day],
            "width": WIDTH,
            "devices": devices,
            "letter": letter,
            "by_hand": BY_HAND,
            "kept": request.query_params.get("kept", ""),
        }

    return page(request, "device.html.jinja", facts)


@router.post("/fleet")
async def let_go(request: Request) -> Response:
    form = await forms.read(request)
    return await run_in_threadpool(_enter, request, form, "let_go", None)


@router.post("/fleet/{device:path}")
async def enter(request: Request, device: str) -> Response:
    form = await forms.read(request)
    if form.text("verb") not in VERBS:
        raise HTTPException(400)
    return await run_in_threadpool(_enter, request, form, VERBS[form.text("verb")], device)


def _enter(request: Request, form: Form, verb: Verb, device: str | None) -> Response:
    """Note what somebody wants, if they may: what the shell does too."""
    book, store = glance_of(request).book, desk_of(request).store
    name = form.text("fleet") or None
    census, _ = fleet_desk.found_in(book, store, device, name)
    require(request, "edit", team_of(book, census.fleet))
    reason: Reason | None = (
        next((one for one in BY_HAND if one == form.text("as")), "manual") if verb == "lock" else None
    )
    author = form.text("author") or visitor_of(request).name or None
    fleet_desk.noted(book, store, verb, device, census.fleet.key, (form.text("reason"), author), reason)
    path = "/fleet" if device is None else f"/fleet/{quote(device)}"
    return RedirectResponse(link(request, path, fleet=census.fleet.key, kept=verb), 303)


def team_of(book: Book, fleet: Fleet) -> str | None:
    """Whose fleet it is."""
    team = book.team_of(book.journeys[fleet.key])
    return team.key if team else None


def _facts(request: Request, glance: Glance) -> Mapping[str, object]:
    asked, store = request.query_params, desk_of(request).store
    fleets = fleet_desk.chosen(glance.book, asked.get("fleet") or None)
    census = Census(store, fleets[0])
    wanted, clock = wanted_of(asked, "trouble"), census.state.clock if census.state else None
    found, more = census.page(wanted, after_of(asked.get("after", "")), ROWS)
    lately = census.happened((clock or 0) - SECONDS_PER_DAY)
    return {
        "census": census,
        "fleets": [(key, glance.book.journeys[key]) for key in glance.book.fleets],
        "journey": glance.book.journeys[fleets[0].key],
        "standing": fleet_desk.standing_of(census, 0),
        "wanted": wanted,
        "state": asked.get("state") or "trouble",
        "standings": STANDINGS,
        "choices": census.values(),
        "found": found,
        "more": found[-1].number if more else None,
        "later": bool(asked.get("after")),
        "lately": letter.lately(lately),
        "newest": census.recent(NEWEST),
        "devices": devices,
        "letter": letter,
        "kept": asked.get("kept", ""),
    }


def _across(second: int, clock: int) -> int:
    """Where a second of the last day is in the picture."""
    return WIDTH + (second - clock) * WIDTH // SECONDS_PER_DAY
