"""/api/v1/support and /api/v1/lab: questions that programs ask. Those of support are kept, as on the page."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

import msgspec
from fastapi import APIRouter, Query
from msgspec import Meta
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from kakeibo.app import support_letters, supporting
from kakeibo.app.web.api_documents import (
    At,
    Before,
    Limit,
    answered,
    documented,
    documented_writing,
    kept,
    paged,
    told,
)
from kakeibo.app.web.desk import Glance
from kakeibo.app.web.frame import desk_of
from kakeibo.app.web.guard import require_anywhere
from kakeibo.app.web.pages import lab as bench
from kakeibo.i18n import t
from kakeibo.ledger.complaints import complaint_of, complaints
from kakeibo.letters import support_json, trial_json

router = APIRouter(prefix="/api/v1", tags=["asking"])


class Asked(msgspec.Struct, forbid_unknown_fields=True):
    """A question of support. `journey` "": the one that the words mean; `at` "": now; of `user` only a mark is kept."""

    text: Annotated[str, Meta(min_length=1, max_length=1_000)]
    journey: Annotated[str, Meta(max_length=200)] = ""
    at: Annotated[str, Meta(max_length=40)] = ""
    user: Annotated[str, Meta(max_length=200)] = ""


@router.get("/support/questions", summary="Questions of support, the newest first", responses=documented())
def questions(
    request: Request,
    limit: Limit = 100,
    before: Before = None,
    journey: Annotated[str, Query(max_length=200, description="About this journey.")] = "",
) -> Response:
    """docs/contracts/support.md; `next` is the address of the next page, or null."""

    def document(_: Glance) -> bytes:
        store = desk_of(request).store
        found = complaints(store, journey or None, newest=limit + 1, before=before)
        shown, more = paged(request, found, limit)
        lines = [support_json.complaint_line(one) for one in shown]
        return msgspec.json.encode({"version": support_json.VERSION, "complaints": lines, "next": more})

    return answered(request, "", document)


@router.get("/support/questions/{number}", summary="One question, answered by what has been counted by now",
            responses=documented())  # fmt: skip
def question(request: Request, number: int) -> Response:
    """docs/contracts/support.md"""

    def document(glance: Glance) -> bytes:
        store = desk_of(request).store
        found = complaint_of(store, number) if 0 < number < 2**31 else None
        if found is None:
            raise HTTPException(404, t("There is no such complaint."))
        return support_letters.to_json(supporting.answered(glance.book, store, found))

    return answered(request, "", document)


@router.post("/support/questions", summary="An outage, or the user's side? The question is kept",
             **documented_writing(Asked))  # fmt: skip
async def ask(request: Request) -> Response:
    """docs/contracts/support.md"""
    return await run_in_threadpool(_ask, request, await request.body())


def _ask(request: Request, body: bytes) -> Response:
    require_anywhere(request, "edit")
    asked, desk = told(body, Asked), desk_of(request)
    question = supporting.Question(asked.text, asked.journey, asked.at, asked.user)
    return kept(support_letters.to_json(supporting.ask(desk.book(), desk.store, question, "api")))


@router.get("/lab/{journey}/{name}", summary="A target on the recorded past", responses=documented("trial"))
def lab(
    request: Request,
    journey: str,
    name: str,
    target: Annotated[str, Query(max_length=40, description="In percent; left out: the one promised.")] = "",
    enquiries: Annotated[str, Query(max_length=100, description="`store`: the questions of support.")] = "",
    churn: Annotated[str, Query(max_length=100)] = "",
    incidents: Annotated[str, Query(max_length=100, description="`charged`: those in the account book.")] = "",
    at: At = "",
) -> Response:
    """docs/contracts/try.md, with the one target as its candidate."""
    del enquiries, churn, incidents  # read from the address, as the page does

    def document(glance: Glance) -> bytes:
        found, slo = bench.slo_of(glance, journey, name)
        on = bench.bench_for(request, glance, found, slo)
        return trial_json.to_json(replace(on.trial, tried=(on.tried(on.target(target.strip())),)))

    return answered(request, at, document)
