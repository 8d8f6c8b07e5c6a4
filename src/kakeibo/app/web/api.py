"""/api/v1: what the pages show, for programs. The documents are those of the command line (docs/contracts)."""

from __future__ import annotations

from importlib import resources
from itertools import islice
from typing import Annotated, Final

import msgspec
from fastapi import APIRouter, Path, Query
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from kakeibo.alerts import record
from kakeibo.alerts.acknowledgements import acknowledgements
from kakeibo.alerts.received import Received, received
from kakeibo.app.web.advised import advised
from kakeibo.app.web.api_documents import After, At, Limit, answered, documented, next_page
from kakeibo.app.web.desk import Glance
from kakeibo.app.web.filters import Wanted
from kakeibo.app.web.frame import desk_of
from kakeibo.app.web.pages.statement import asked
from kakeibo.clock import MINUTES_PER_DAY, iso
from kakeibo.i18n import t
from kakeibo.letters import advice_json, alerts_json, report_json, statement_json
from kakeibo.letters.report_json import slo_line
from kakeibo.store import Store

VERSION: Final = 1
SCHEMAS: Final = ("report", "statement", "trial")

router = APIRouter(prefix="/api/v1", tags=["reading"])


@router.get("/slos", summary="The objectives, page by page", responses=documented())
def slos(
    request: Request,
    at: At = "",
    limit: Limit = 100,
    after: After = "",
    team: str = "",
    service: str = "",
    kind: str = "",
    state: str = "",
    q: Annotated[str, Query(description="Words to look for.")] = "",
) -> Response:
    """Each objective as in the report, in the order of their names; `next` is the address of the next page, or null."""
    wanted = Wanted(team, service, kind, state, q)

    def document(glance: Glance) -> bytes:
        rows = wanted.among(desk_of(request).report(glance).rows)
        left = sorted((row for row in rows if row.slo.name > after), key=lambda row: row.slo.name)
        shown = left[:limit]
        found = {
            "version": VERSION,
            "at": iso(glance.at),
            "found": len(rows),
            "slos": [slo_line(row) for row in shown],
            "next": next_page(request, after=shown[-1].slo.name) if len(left) > limit else None,
        }
        return msgspec.json.Encoder(decimal_format="number").encode(found)

    return answered(request, at, document)


@router.get("/slos/{journey}/{name:path}", summary="One objective", responses=documented())
def slo(request: Request, journey: str, name: Annotated[str, Path(max_length=500)], at: At = "") -> Response:
    """As in the report."""

    def document(glance: Glance) -> bytes:
        for row in desk_of(request).report(glance).rows:
            if row.slo.name == f"{journey}/{name}":
                found = {"version": VERSION, "at": iso(glance.at), "slo": slo_line(row)}
                return msgspec.json.Encoder(decimal_format="number").encode(found)
        raise HTTPException(404, t("there is no objective {name}", name=f"{journey}/{name}"))

    return answered(request, at, document)


@router.get("/report", summary="The whole report, as of `kakeibo report --json`", responses=documented("report"))
def report(request: Request, at: At = "") -> Response:
    """docs/contracts/report.md"""
    return answered(request, at, lambda glance: report_json.to_json(desk_of(request).report(glance)))


@router.get("/statement", summary="A month, as of `kakeibo statement --json`", responses=documented("statement"))
def statement(
    request: Request,
    month: Annotated[str, Query(max_length=20, description="2026-10; left out: the present one.")] = "",
    team: str = "",
    at: At = "",
) -> Response:
    """docs/contracts/statement.md"""

    def document(glance: Glance) -> bytes:
        return statement_json.to_json(asked(glance.book, desk_of(request).store, glance.at, month, team))

    return answered(request, at, document)


@router.get("/alerts", summary="What burns, what burnt, and what other tools told", responses=documented())
def alerts(
    request: Request,
    days: Annotated[int, Query(ge=1, le=400, description="So many days back.")] = 28,
    limit: Limit = 100,
    at: At = "",
) -> Response:
    """`firing`: as it stands; `flips`: changes, the newest first; `received`: alerts of other tools, likewise."""
    store = desk_of(request).store

    def document(glance: Glance) -> bytes:
        since = glance.at - days * MINUTES_PER_DAY
        flips = reversed(record.flips(store, since=since, until=glance.at))
        told = received(store, since=60 * since, until=60 * glance.at + 59, limit=limit)
        found = {
            "version": VERSION,
            "at": iso(glance.at),
            "firing": _firing(store, glance.at),
            "flips": [alerts_json.flip_line(flip) for flip in islice(flips, limit)],
            "received": [_received(one) for one in told],
        }
        return msgspec.json.encode(found)

    return answered(request, at, document)


def _firing(store: Store, at: int) -> list[dict[str, object]]:
    """Alerts that were not quiet as of minute `at`, and who takes them."""
    with store.reading() as connection:
        standings = record.standings(connection, at)
        taken = acknowledgements(connection, {held.group for held in standings.values()} - {""})
    return [
        {
            "alert": held.group or None,
            "slo": alert.subject,
            "severity": alert.severity,
            "state": held.state,
            "since": iso(held.at),
            "acknowledged": alerts_json.acknowledged(taken[held.group]) if held.group in taken else None,
        }
        for alert, held in standings.items()
        if held.state != "quiet"
    ]


def _received(one: Received) -> dict[str, object]:
    return {
        "origin": one.origin,
        "key": one.key,
        "name": one.name,
        "severity": one.severity,
        "state": one.state,
        "summary": one.summary,
        "labels": dict(one.labels),
        "from": iso((one.began or 0) // 60),
        "to": iso(one.ended // 60) if one.ended else None,
    }


@router.get("/advice", summary="What our postmortems advise, as of `kakeibo advise --json`", responses=documented())
def advice(request: Request, at: At = "") -> Response:
    """docs/contracts/advice.md. Of the files that the book names."""
    return answered(request, at, lambda glance: advice_json.to_json(advised(desk_of(request), glance)))


@router.get("/schemas/{name}.json", summary="The schema of a document", responses={404: {"description": "no such"}})
def schema(name: str) -> Response:
    """JSON Schema, 2020-12."""
    if name not in SCHEMAS:
        raise HTTPException(404)
    text = resources.files("kakeibo.letters").joinpath(f"{name}.schema.json").read_bytes()
    return Response(text, media_type="application/schema+json")
