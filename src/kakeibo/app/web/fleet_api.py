"""/api/v1/fleets: devices in service, page by page, and what people enter about them (docs/contracts/fleet.md)."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Body, Path, Query
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from kakeibo.app import fleet_desk, fleet_views
from kakeibo.app.web.api_documents import At, Limit, answered, documented
from kakeibo.app.web.desk import Glance
from kakeibo.app.web.frame import desk_of, glance_of, link
from kakeibo.app.web.guard import require, visitor_of
from kakeibo.app.web.pages.fleet import VERBS, team_of
from kakeibo.devices import BY_HAND, Reason
from kakeibo.errors import UsageError
from kakeibo.fleet.census import Census
from kakeibo.i18n import t
from kakeibo.letters import fleet as letter
from kakeibo.letters.phrases import printable
from kakeibo.model import Book

Named = Annotated[str, Path(max_length=200, description="A key of `fleets` in the book.")]
Device = Annotated[str, Path(max_length=200, description="A device's id.")]
Words = Annotated[str, Body(min_length=1, max_length=1_000, description="Why, for those who read it later.")]

router = APIRouter(prefix="/api/v1/fleets", tags=["fleets"])


@router.get("", summary="The fleets, with their counts", responses=documented())
def fleets(request: Request, at: At = "") -> Response:
    """Each as in `kakeibo fleet status --json`, without its devices. They are shown as they stand, whatever `at`."""

    def document(glance: Glance) -> bytes:
        zone = glance.book.organisation.timezone
        found = [
            fleet_views.fleet_json(Census(desk_of(request).store, one), zone) for one in glance.book.fleets.values()
        ]
        return msgspec.json.encode({"version": letter.VERSION, "fleets": found})

    return answered(request, at, document)


@router.get("/{fleet}", summary="One fleet", responses=documented())
def fleet(request: Request, fleet: Named, at: At = "") -> Response:
    """As in the list of fleets."""

    def document(glance: Glance) -> bytes:
        found = fleet_views.fleet_json(_census(request, glance.book, fleet), glance.book.organisation.timezone)
        return msgspec.json.encode({"version": letter.VERSION, "fleet": found})

    return answered(request, at, document)


@router.get("/{fleet}/devices", summary="Its devices, page by page", responses=documented())
def devices(
    request: Request,
    fleet: Named,
    at: At = "",
    limit: Limit = 100,
    after: Annotated[int, Query(ge=-1, le=2**31 - 1, description="As in `next` of the page before.")] = -1,
    state: Annotated[str, Query(max_length=20, description="A state, a reason, or `trouble`.")] = "",
    region: Annotated[str, Query(max_length=200)] = "",
    model: Annotated[str, Query(max_length=200)] = "",
    firmware: Annotated[str, Query(max_length=200)] = "",
    q: Annotated[str, Query(max_length=200, description="A part of the id.")] = "",
) -> Response:
    """In the order in which they were first heard of; `next` is the address of the next page, or null."""

    def document(glance: Glance) -> bytes:
        census, zone = _census(request, glance.book, fleet), glance.book.organisation.timezone
        asked = {"state": state, "region": region, "model": model, "firmware": firmware, "q": q}
        found, more = census.page(fleet_views.wanted_of(asked), after, limit)
        chosen = {**dict(request.query_params), "after": found[-1].number} if more else None
        told: dict[str, Any] = {
            "version": letter.VERSION,
            "fleet": fleet,
            "at": letter.iso(census.state.clock if census.state else None),
            "devices": [fleet_views.device_json(one, zone) for one in found],
            "next": link(request, request.url.path, **chosen) if chosen else None,
        }
        return msgspec.json.encode(told)

    return answered(request, at, document)


@router.get("/{fleet}/devices/{device}", summary="One device and its history", responses=documented())
def device(request: Request, fleet: Named, device: Device, at: At = "") -> Response:
    """As `kakeibo fleet history DEVICE --json`."""

    def document(glance: Glance) -> bytes:
        zone = glance.book.organisation.timezone
        _census(request, glance.book, fleet)
        try:
            _, found, changes = fleet_views.with_history(glance.book, desk_of(request).store, fleet, device)
        except UsageError as error:
            raise HTTPException(404, error.message) from None
        told = {
            "version": letter.VERSION,
            "fleet": fleet,
            "device": device,
            "now": fleet_views.device_json(found, zone),
            "changes": [letter.change_json(change, zone) for change in changes],
        }
        return msgspec.json.encode(told)

    return answered(request, at, document)


@router.post("/{fleet}/devices/{device}/{verb}", status_code=202, summary="Lock, release, retire or confirm",
             responses={202: {"description": "noted; it takes effect with the next message"}})  # fmt: skip
def enter(
    request: Request,
    fleet: Named,
    device: Device,
    verb: Annotated[str, Path(max_length=20, description="`lock`, `release`, `retire` or `confirm`.")],
    reason: Words,
    author: Annotated[str, Body(max_length=200, description="Who says so; left out: who asks.")] = "",
    charged_to: Annotated[Reason, Body(description="Of a lock: `manual`, `maintenance` or `unknown`.")] = "manual",
) -> Response:
    """What `kakeibo fleet lock` and its fellows do. Needs a role that may edit what the team of the fleet has."""
    book, store = glance_of(request).book, desk_of(request).store
    census = _census(request, book, fleet)
    require(request, "edit", team_of(book, census.fleet))
    if verb not in VERBS or charged_to not in BY_HAND:
        raise HTTPException(404 if verb not in VERBS else 422)
    if census.find(device) is None:
        raise HTTPException(404, t("no device {device} was ever heard of", device=printable(device)))
    who = author or visitor_of(request).name or None
    kind = charged_to if verb == "lock" else None
    fleet_desk.noted(book, store, VERBS[verb], device, fleet, (reason, who), kind)
    told = {"version": letter.VERSION, "fleet": fleet, "device": device, "noted": verb}
    return Response(msgspec.json.encode(told), 202, media_type="application/json")


def _census(request: Request, book: Book, name: str) -> Census:
    if name not in book.fleets:
        raise HTTPException(404, t("there is no fleet {name}", name=printable(name)))
    return Census(desk_of(request).store, book.fleets[name])
