"""/api/v1/teams, /api/v1/journeys, /api/v1/releases: who looks after what, what is critical, and what went live."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from fastapi import APIRouter, Query
from msgspec import Meta
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from kakeibo.app import releasing, vote_letters, voting
from kakeibo.app.voting import Ballot
from kakeibo.app.web.api_documents import (
    After,
    At,
    Before,
    Limit,
    answered,
    documented,
    documented_writing,
    kept,
    next_page,
    paged,
    told,
)
from kakeibo.app.web.desk import Desk, Glance
from kakeibo.app.web.frame import desk_of
from kakeibo.app.web.guard import require, team_of_journey
from kakeibo.clock import iso
from kakeibo.i18n import t
from kakeibo.ledger.releases import releases as told_releases
from kakeibo.ledger.votes import RULINGS
from kakeibo.letters import votes
from kakeibo.model import Book, Team

VERSION = 1
router = APIRouter(prefix="/api/v1", tags=["teams"])
Word = Annotated[str, Meta(min_length=1, max_length=200)]
Words = Annotated[str, Meta(max_length=1_000)]


class Voted(msgspec.Struct, forbid_unknown_fields=True):
    """A vote on a journey; `voter` is the name of a role."""

    role: Literal["product", "support", "engineering"]
    voter: Word
    score: Annotated[int, Meta(ge=1, le=5)]
    note: Words = ""


class Decided(msgspec.Struct, forbid_unknown_fields=True):
    """A decision on a journey, by those named."""

    decision: Literal["critical", "not_critical", "later"]
    by: Annotated[list[Word], Meta(min_length=1, max_length=20)]
    reason: Annotated[str, Meta(min_length=1, max_length=1_000)]


class Released(msgspec.Struct, forbid_unknown_fields=True):
    """`version` of `service` went live; `at` "": now; `author` "": whoever sends it."""

    service: Word
    version: Annotated[str, Meta(min_length=1, max_length=releasing.LONGEST_VERSION)]
    at: Annotated[str, Meta(max_length=40)] = ""
    note: Words = ""
    author: Annotated[str, Meta(max_length=200)] = ""


@router.get("/teams", summary="The teams, their services and objectives", responses=documented())
def teams(request: Request, limit: Limit = 100, after: After = "", at: At = "") -> Response:
    """In the order of their keys; `next` is the address of the next page, or null."""

    def document(glance: Glance) -> bytes:
        left = sorted((one for one in glance.book.teams.values() if one.key > after), key=lambda one: one.key)
        shown = left[:limit]
        report = desk_of(request).report(glance)
        lines = [_team(glance.book, one) for one in shown]
        for line in lines:
            rows = [row for row in report.rows if row.team and row.team.key == line["team"]]
            line["slos"] = [{"slo": row.slo.name, "state": row.state} for row in rows]
        more = next_page(request, after=shown[-1].key) if len(left) > limit else None
        return msgspec.json.encode({"version": VERSION, "at": iso(glance.at), "teams": lines, "next": more})

    return answered(request, at, document)


def _team(book: Book, team: Team) -> dict[str, Any]:
    services = [key for key, service in book.services.items() if service.team == team.key]
    return {"team": team.key, "name": team.name, "chat": team.chat, "services": services}


@router.get("/journeys", summary="The journeys: votes and decisions", responses=documented())
def journeys(request: Request, limit: Limit = 100, after: After = "") -> Response:
    """docs/contracts/journeys.md, in the order of their keys; `next` is the address of the next page, or null."""

    def document(glance: Glance) -> bytes:
        found = voting.ballots(glance.book, desk_of(request).store)
        left = sorted((one for one in found if one.key > after), key=lambda one: one.key)
        shown = left[:limit]
        more = next_page(request, after=shown[-1].key) if len(left) > limit else None
        lines = [vote_letters.line(one) for one in shown]
        return msgspec.json.encode({"version": votes.VERSION, "journeys": lines, "next": more})

    return answered(request, "", document)


@router.get("/journeys/{key}", summary="One journey: votes and decisions", responses=documented())
def journey(request: Request, key: str) -> Response:
    """docs/contracts/journeys.md, with the one journey."""
    return answered(request, "", lambda glance: vote_letters.to_json([_ballot(glance.book, desk_of(request), key)]))


@router.post("/journeys/{key}/votes", summary="A vote of one role", **documented_writing(Voted))
async def vote(request: Request, key: str) -> Response:
    """docs/contracts/journeys.md, with the one journey."""
    return await run_in_threadpool(_vote, request, key, await request.body())


@router.post("/journeys/{key}/decisions", summary="What was decided, by whom, and why", **documented_writing(Decided))
async def decide(request: Request, key: str) -> Response:
    """docs/contracts/journeys.md, with the one journey."""
    return await run_in_threadpool(_decide, request, key, await request.body())


def _vote(request: Request, key: str, body: bytes) -> Response:
    desk = desk_of(request)
    book = desk.book()
    require(request, "edit", team_of_journey(book, _known(book, key)))
    new = told(body, Voted)
    voting.cast(book, desk.store, key, new.role, new.voter, new.score, new.note)
    return kept(vote_letters.to_json([_ballot(book, desk, key)]))


def _decide(request: Request, key: str, body: bytes) -> Response:
    desk = desk_of(request)
    book = desk.book()
    require(request, "decide", team_of_journey(book, _known(book, key)))
    new = told(body, Decided)
    assert new.decision in RULINGS
    voting.decide(book, desk.store, key, new.decision, ", ".join(new.by), new.reason)
    return kept(vote_letters.to_json([_ballot(book, desk, key)]))


def _ballot(book: Book, desk: Desk, key: str) -> Ballot:
    found = next((one for one in voting.ballots(book, desk.store) if one.key == key), None)
    if found is None:
        raise HTTPException(404, t("there is no journey {name}", name=key[:200]))
    return found


def _known(book: Book, key: str) -> str:
    if key not in book.journeys:
        raise HTTPException(404, t("there is no journey {name}", name=key[:200]))
    return key


@router.get("/releases", summary="What went live, the newest first", responses=documented())
def releases(
    request: Request,
    limit: Limit = 100,
    before: Before = None,
    service: Annotated[str, Query(max_length=200, description="Of this service.")] = "",
) -> Response:
    """docs/contracts/releases.md; `next` is the address of the next page, or null."""

    def document(_: Glance) -> bytes:
        services = [service] if service else None
        found = told_releases(desk_of(request).store, services, newest=limit + 1, before=before)
        shown, more = paged(request, found, limit)
        lines = [releasing.line(one) for one in shown]
        return msgspec.json.encode({"version": releasing.VERSION, "releases": lines, "next": more})

    return answered(request, "", document)


@router.post("/releases", summary="A version of a service went live", **documented_writing(Released, may_be_known=True))
async def release(request: Request) -> Response:
    """docs/contracts/releases.md. 200 instead of 201: it is the version that went live last."""
    return await run_in_threadpool(_release, request, await request.body())


def _release(request: Request, body: bytes) -> Response:
    desk, new = desk_of(request), told(body, Released)
    book = desk.book()
    service = book.services.get(new.service)
    visitor = require(request, "edit", service.team if service else None)
    author = new.author.strip() or visitor.name or None
    made, is_new = releasing.release(
        book, desk.store, new.service, new.version, at=new.at, author=author, note=new.note
    )
    return kept(releasing.to_json([made]), new=is_new)
