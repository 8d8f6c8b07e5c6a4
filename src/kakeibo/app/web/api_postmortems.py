"""/api/v1/postmortems: the registry for programs, as the command line has it (docs/contracts/postmortem.md)."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from kakeibo.app import postmortem_pages
from kakeibo.app.web.api_documents import Limit, answered, documented
from kakeibo.app.web.desk import Glance
from kakeibo.app.web.frame import desk_of
from kakeibo.errors import UsageError
from kakeibo.letters import postmortem_json
from kakeibo.postmortems import records, searching
from kakeibo.postmortems.pareto import pareto
from kakeibo.postmortems.records import Postmortem

router = APIRouter(prefix="/api/v1", tags=["reading"])


@router.get("/postmortems", summary="Postmortems, the newest first", responses=documented())
def postmortems(
    request: Request,
    team: str = "",
    state: str = "",
    q: Annotated[str, Query(max_length=400, description="Words that must all occur.")] = "",
    limit: Limit = 100,
) -> Response:
    """With `q`, those that are found, with an excerpt each."""
    store = desk_of(request).store

    def document(_: Glance) -> bytes:
        def wanted(one: Postmortem) -> bool:
            return team in ("", one.team) and state in ("", one.state)

        if q:
            found = [one for one in searching.found(store, q) if wanted(one)]
            return postmortem_json.hits(searching.hits(store, found[:limit], q))
        return postmortem_json.listed([one for one in records.postmortems(store) if wanted(one)][:limit])

    return answered(request, "", document)


@router.get("/postmortems/{name}", summary="One postmortem", responses=documented())
def postmortem(request: Request, name: Annotated[str, Path(max_length=40)]) -> Response:
    """With its text, comments and steps."""

    def document(_: Glance) -> bytes:
        try:
            return postmortem_pages.as_json(desk_of(request).store, records.number_of(name))
        except UsageError as error:
            raise HTTPException(404, error.message) from None

    return answered(request, "", document)


@router.get("/causes", summary="Causes of published postmortems", responses=documented())
def causes(request: Request, team: str = "", by: Literal["count", "budget"] = "count") -> Response:
    """As of `kakeibo postmortem causes --json`."""

    def document(_: Glance) -> bytes:
        found = records.postmortems(desk_of(request).store, states=["published"], team=team or None)
        return postmortem_json.causes([pareto(found, "trigger", by), pareto(found, "root_cause", by)])

    return answered(request, "", document)
