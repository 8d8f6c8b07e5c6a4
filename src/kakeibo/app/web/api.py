"""/api/v1: what the pages show, for programs. The documents are those of the command line (docs/contracts)."""

from __future__ import annotations

from collections.abc import Callable
from importlib import resources
from typing import Annotated, Any, Final, Literal

import msgspec
from fastapi import APIRouter, Path, Query
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from kakeibo import __version__
from kakeibo.alerts import record
from kakeibo.alerts.received import received
from kakeibo.app import postmortem_pages
from kakeibo.app.web.advised import advised
from kakeibo.app.web.desk import Glance
from kakeibo.app.web.filters import Wanted
from kakeibo.app.web.frame import desk_of, etag, link, matches
from kakeibo.app.web.pages.statement import asked
from kakeibo.clock import MINUTES_PER_DAY, iso
from kakeibo.errors import UsageError
from kakeibo.i18n import t
from kakeibo.letters import advice_json, postmortem_json, report_json, statement_json
from kakeibo.letters.report_json import slo_line
from kakeibo.postmortems import records, searching
from kakeibo.postmortems.pareto import pareto
from kakeibo.postmortems.records import Postmortem

VERSION: Final = 1
SCHEMAS: Final = ("report", "statement")

At = Annotated[str, Query(max_length=40, description="As of this moment: ISO 8601, `latest` or `now`.")]
Limit = Annotated[int, Query(ge=1, le=1_000, description="So many at most.")]

router = APIRouter(prefix="/api/v1", tags=["reading"])


def _documented(schema: str = "") -> dict[int | str, dict[str, Any]]:
    content = {
        "application/json": {"schema": {"$ref": f"/api/v1/schemas/{schema}.json"} if schema else {"type": "object"}}
    }
    problem = {"application/problem+json": {"schema": {"type": "object"}}}
    return {
        200: {"description": "the document", "content": content},
        304: {"description": "as you have it (If-None-Match)"},
        400: {"description": "a time or month that is none", "content": problem},
        404: {"description": "there is none of that name", "content": problem},
        503: {"description": "the store is held: come again", "content": problem},
    }


@router.get("/slos", summary="The objectives, page by page", responses=_documented())
def slos(
    request: Request,
    at: At = "",
    limit: Limit = 100,
    after: Annotated[str, Query(max_length=500, description="The last objective of the page before.")] = "",
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
        more = {**dict(request.query_params), "after": shown[-1].slo.name} if len(left) > limit else None
        found = {
            "version": VERSION,
            "at": iso(glance.at),
            "found": len(rows),
            "slos": [slo_line(row) for row in shown],
            "next": link(request, request.url.path, **more) if more else None,
        }
        return msgspec.json.Encoder(decimal_format="number").encode(found)

    return _answer(request, at, document)


@router.get("/slos/{journey}/{name:path}", summary="One objective", responses=_documented())
def slo(request: Request, journey: str, name: Annotated[str, Path(max_length=500)], at: At = "") -> Response:
    """As in the report."""

    def document(glance: Glance) -> bytes:
        for row in desk_of(request).report(glance).rows:
            if row.slo.name == f"{journey}/{name}":
                found = {"version": VERSION, "at": iso(glance.at), "slo": slo_line(row)}
                return msgspec.json.Encoder(decimal_format="number").encode(found)
        raise HTTPException(404, t("there is no objective {name}", name=f"{journey}/{name}"))

    return _answer(request, at, document)


@router.get("/report", summary="The whole report, as of `kakeibo report --json`", responses=_documented("report"))
def report(request: Request, at: At = "") -> Response:
    """docs/contracts/report.md"""
    return _answer(request, at, lambda glance: report_json.to_json(desk_of(request).report(glance)))


@router.get("/statement", summary="A month, as of `kakeibo statement --json`", responses=_documented("statement"))
def statement(
    request: Request,
    month: Annotated[str, Query(max_length=20, description="2026-10; left out: the present one.")] = "",
    team: str = "",
    at: At = "",
) -> Response:
    """docs/contracts/statement.md"""

    def document(glance: Glance) -> bytes:
        return statement_json.to_json(asked(glance.book, desk_of(request).store, glance.at, month, team))

    return _answer(request, at, document)


@router.get("/alerts", summary="What burns, what burnt, and what other tools told", responses=_documented())
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
        with store.reading() as connection:
            standings = record.standings(connection)
        firing = [
            {"slo": alert.subject, "severity": alert.severity, "state": held.state, "since": iso(held.at)}
            for alert, held in standings.items()
            if held.state != "quiet"
        ]
        flips = [
            {
                "slo": flip.alert.subject,
                "severity": flip.alert.severity,
                "from": flip.before,
                "to": flip.after,
                "at": iso(flip.at),
                "reason": flip.reason,
            }
            for flip in reversed(record.flips(store, since=since))
        ]
        told = [
            {
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
            for one in received(store, since=60 * since, limit=limit)
        ]
        found = {"version": VERSION, "at": iso(glance.at), "firing": firing, "flips": flips[:limit], "received": told}
        return msgspec.json.encode(found)

    return _answer(request, at, document)


@router.get("/advice", summary="What our postmortems advise, as of `kakeibo advise --json`", responses=_documented())
def advice(request: Request, at: At = "") -> Response:
    """docs/contracts/advice.md. Of the files that the book names."""
    return _answer(request, at, lambda glance: advice_json.to_json(advised(desk_of(request), glance)))


@router.get("/postmortems", summary="Postmortems, the newest first", responses=_documented())
def postmortems(
    request: Request,
    team: str = "",
    state: str = "",
    q: Annotated[str, Query(max_length=400, description="Words that must all occur.")] = "",
    limit: Limit = 100,
) -> Response:
    """docs/contracts/postmortem.md; with `q`, those that are found, with an excerpt each."""
    store = desk_of(request).store

    def document(_: Glance) -> bytes:
        def wanted(one: Postmortem) -> bool:
            return team in ("", one.team) and state in ("", one.state)

        if q:
            found = [one for one in searching.found(store, q) if wanted(one)]
            return postmortem_json.hits(searching.hits(store, found[:limit], q))
        return postmortem_json.listed([one for one in records.postmortems(store) if wanted(one)][:limit])

    return _answer(request, "", document)


@router.get("/postmortems/{name}", summary="One postmortem", responses=_documented())
def postmortem(request: Request, name: Annotated[str, Path(max_length=40)]) -> Response:
    """With its text, comments and steps."""

    def document(_: Glance) -> bytes:
        try:
            return postmortem_pages.as_json(desk_of(request).store, records.number_of(name))
        except UsageError as error:
            raise HTTPException(404, error.message) from None

    return _answer(request, "", document)


@router.get("/causes", summary="Causes of published postmortems", responses=_documented())
def causes(request: Request, team: str = "", by: Literal["count", "budget"] = "count") -> Response:
    """As of `kakeibo postmortem causes --json`."""

    def document(_: Glance) -> bytes:
        found = records.postmortems(desk_of(request).store, states=["published"], team=team or None)
        return postmortem_json.causes([pareto(found, "trigger", by), pareto(found, "root_cause", by)])

    return _answer(request, "", document)


@router.get("/schemas/{name}.json", summary="The schema of a document", responses={404: {"description": "no such"}})
def schema(name: str) -> Response:
    """JSON Schema, 2020-12."""
    if name not in SCHEMAS:
        raise HTTPException(404)
    text = resources.files("kakeibo.letters").joinpath(f"{name}.schema.json").read_bytes()
    return Response(text, media_type="application/schema+json")


def _answer(request: Request, at: str, document: Callable[[Glance], bytes]) -> Response:
    """A document with its mark; made only for those who do not have it."""
    glance = desk_of(request).glance(at or None)
    tag = etag((glance.edition, request.url.path, str(request.query_params), __version__))
    headers = {"etag": tag, "cache-control": "private, no-cache"}
    if matches(request, tag):
        return Response(status_code=304, headers=headers)
    return Response(document(glance), media_type="application/json", headers=headers)
