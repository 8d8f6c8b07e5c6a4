"""When something cannot be answered: a plain page for people, problem details (RFC 9457) for programs."""

from __future__ import annotations

import logging
from http import HTTPStatus

import msgspec
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response

from kakeibo.app.web.frame import render
from kakeibo.errors import EditConflict, KakeiboError, StoreError, UsageError
from kakeibo.i18n import t

RETRY: dict[str, str] = {"retry-after": "5"}
_LOG = logging.getLogger("kakeibo.web")


def add_to(app: FastAPI) -> None:
    """Answer every failure of `app` in words."""
    app.add_exception_handler(HTTPException, _refused)
    app.add_exception_handler(RequestValidationError, _malformed)
    app.add_exception_handler(KakeiboError, _known)
    app.add_exception_handler(Exception, _unknown)


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    said = error.detail if error.detail != HTTPStatus(error.status_code).phrase else _usual(error.status_code)
    return answer(request, error.status_code, said, "", dict(error.headers or {}))


async def _malformed(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    places = ", ".join(dict.fromkeys(str(one["loc"][-1]) for one in error.errors()))
    return answer(request, 422, t("This part of the request is wrong: {places}.", places=places), "")


async def _known(request: Request, error: Exception) -> Response:
    """What our own errors say; those that pass by themselves ask to come again."""
    assert isinstance(error, KakeiboError)
    status = (
        503
        if isinstance(error, StoreError)
        else 409
        if isinstance(error, EditConflict)
        else 400
        if isinstance(error, UsageError)
        else 500
    )
    return answer(request, status, error.message, error.mend, RETRY if status == 503 else {})


async def _unknown(request: Request, error: Exception) -> Response:
    _LOG.error("%s %s", request.method, request.url.path, exc_info=error)
    mend = t("the server's log says more; please report it")
    return answer(request, 500, t("This is a fault of kakeibo."), mend)


def answer(
    request: Request, status: int, message: str, mend: str = "", headers: dict[str, str] | None = None
) -> Response:
    """What went wrong and what to do about it."""
    if request.url.path.startswith("/api/"):
        problem = {"type": "about:blank", "title": message, "status": status, **({"detail": mend} if mend else {})}
        return Response(msgspec.json.encode(problem), status, headers, "application/problem+json")
    if request.url.path.startswith(("/chat/", "/phone/")):  # providers show it in their logs
        return PlainTextResponse(": ".join(filter(None, (message, mend))), status, headers)
    page = render(request, "failure.html.jinja", {"status": status, "message": message, "mend": mend})
    return HTMLResponse(page, status, headers)


def _usual(status: int) -> str:
    words = {
        404: t("There is no such page."),
        405: t("This address does not take that."),
    }
    return words.get(status, t("That cannot be answered ({status}).", status=status))
