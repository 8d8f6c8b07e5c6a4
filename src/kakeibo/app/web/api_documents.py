"""What all of /api/v1 has in common: a document with its mark, pages of it, what is sent, what is refused."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any, Final, Protocol, TypeVar

import msgspec
from fastapi import Query
from starlette.requests import Request
from starlette.responses import Response

from kakeibo import __version__
from kakeibo.app.web.desk import Glance
from kakeibo.app.web.frame import desk_of, etag, link, matches
from kakeibo.errors import UsageError
from kakeibo.i18n import t

At = Annotated[str, Query(max_length=40, description="As of this moment: ISO 8601, `latest` or `now`.")]
Limit = Annotated[int, Query(ge=1, le=1_000, description="So many at most.")]
After = Annotated[str, Query(max_length=500, description="The last name of the page before.")]
Before = Annotated[int | None, Query(ge=1, le=2**31 - 1, description="The last number of the page before.")]

Told = TypeVar("Told")
_PROBLEM: Final = {"application/problem+json": {"schema": {"type": "object"}}}


class Named(Protocol):
    """What is known by a number."""

    @property
    def id(self) -> int | None: ...


One = TypeVar("One", bound=Named)


def documented(schema: str = "") -> dict[int | str, dict[str, Any]]:
    """The answers of a route that reads; `schema`: of which document."""
    content = {
        "application/json": {"schema": {"$ref": f"/api/v1/schemas/{schema}.json"} if schema else {"type": "object"}}
    }
    return {
        200: {"description": "the document", "content": content},
        304: {"description": "as you have it (If-None-Match)"},
        400: {"description": "a time, month or other word that is none", "content": _PROBLEM},
        404: {"description": "there is none of that name", "content": _PROBLEM},
        503: {"description": "the store is held: come again", "content": _PROBLEM},
    }


def documented_writing(kind: type, *, may_be_known: bool = False) -> dict[str, Any]:
    """How a route that writes is described: what it takes (a msgspec.Struct), and its answers."""
    schema = msgspec.json.schema(kind, ref_template="#/$defs/{name}")
    [described] = schema["$defs"].values()
    answers: dict[int | str, dict[str, Any]] = {
        400: {"description": "not such a message", "content": _PROBLEM},
        403: {"description": "not with this role", "content": _PROBLEM},
        404: {"description": "there is none of that name", "content": _PROBLEM},
        413: {"description": "too large", "content": _PROBLEM},
        503: {"description": "not kept: come again", "content": _PROBLEM},
    }
    if may_be_known:
        answers[200] = {"description": "known already: nothing was added"}
    body = {"required": True, "content": {"application/json": {"schema": described}}}
    return {"status_code": 201, "responses": answers, "openapi_extra": {"requestBody": body}}


def answered(request: Request, at: str, document: Callable[[Glance], bytes]) -> Response:
    """A document with its mark; made only for those who do not have it."""
    glance = desk_of(request).glance(at or None)
    tag = etag((glance.edition, request.url.path, str(request.query_params), __version__))
    headers = {"etag": tag, "cache-control": "private, no-cache"}
    if matches(request, tag):
        return Response(status_code=304, headers=headers)
    return Response(document(glance), media_type="application/json", headers=headers)


def told(body: bytes, kind: type[Told]) -> Told:
    """What was sent, as a `kind`. Raises UsageError for what is not one."""
    try:
        return msgspec.json.decode(body, type=kind)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise UsageError(t("This is not what the address takes."), str(error)) from None


def paged(request: Request, lines: Sequence[One], limit: int) -> tuple[Sequence[One], str | None]:
    """The first `limit` of `lines`, newest first, and the address of the next ones."""
    shown = lines[:limit]
    return shown, next_page(request, before=shown[-1].id) if len(lines) > limit else None


def next_page(request: Request, **last: object) -> str:
    """The address of the page after the one that ended so."""
    chosen: Mapping[str, object] = {**dict(request.query_params), **last}
    return link(request, request.url.path, **chosen)


def kept(document: bytes, *, new: bool = True) -> Response:
    """The answer to what was kept."""
    return Response(document, 201 if new else 200, media_type="application/json", headers={"cache-control": "no-store"})
