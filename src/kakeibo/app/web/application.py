"""The web application: what answers which address, and the server that runs it."""

from __future__ import annotations

import contextlib
import gc
import ipaddress
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

import uvicorn
from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp

from kakeibo import __version__
from kakeibo.access.accounts import accounts
from kakeibo.app.chat import routes as chat
from kakeibo.app.phone import routes as phone
from kakeibo.app.web import (
    api,
    api_asking,
    api_incidents,
    api_postmortems,
    api_teams,
    failures,
    fleet_api,
    frame,
    health,
    incoming,
    messages,
    metrics,
)
from kakeibo.app.web.desk import Desk
from kakeibo.app.web.guard import Guard
from kakeibo.app.web.manners import Manners
from kakeibo.errors import UsageError
from kakeibo.i18n import t

LOOPBACK_NAMES: Final = ("localhost", "127.0.0.1", "[::1]")
_COLLECTED: Final = (10_000, 10, 10)
"""New objects before the youngest are looked through, such rounds before the next generation is, and so on."""
_WORTH_PACKING: Final = 2_000
_GRACE: Final = 10
"""Seconds for answers under way when the server is told to stop."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Where to listen, under which names beside the loopback's, and the token that other tools must show."""

    host: str = "127.0.0.1"
    port: int = 8080
    names: tuple[str, ...] = ()
    token: str = ""


def create(desk: Desk, *, names: Collection[str] = (), token: str = "") -> ASGIApp:
    """The application over an open desk. `names`: hosts it is known by; `token` "": nothing is taken in."""
    app = FastAPI(
        title="kakeibo",
        version=__version__,
        openapi_url="/api/v1/openapi.json",
        docs_url=None,  # its pages load scripts from elsewhere
        redoc_url=None,
    )
    app.state.desk = desk
    app.state.gate = incoming.Gate(token)
    for module in frame.page_modules():
        app.include_router(module.router, include_in_schema=False)
    for module in (api, api_asking, api_incidents, api_postmortems, api_teams, fleet_api, incoming, messages):
        app.include_router(module.router)
    for router in (health.router, metrics.router):
        app.include_router(router, include_in_schema=False)
    app.router.routes += [*chat.routes(desk.book, desk.store), *phone.routes(desk.book, desk.store)]
    app.add_api_route("/static/{name}", _asset, include_in_schema=False)
    failures.add_to(app)
    known = [*LOOPBACK_NAMES, *map(str.lower, names), *_own_name(desk)]
    # No page holds a secret that could be guessed from its compressed size: forms are known by where they stand.
    packed = GZipMiddleware(Guard(app, desk), minimum_size=_WORTH_PACKING, compresslevel=6)
    return Manners(packed, lambda: desk.book().organisation.language, known)


def _own_name(desk: Desk) -> list[str]:
    """The name under which browsers come to sign in."""
    sign_in = desk.book().organisation.sign_in
    return [str(urlsplit(sign_in.url).hostname)] if sign_in and sign_in.url else []


def serve(desk: Desk, settings: Settings) -> None:
    """Answer until interrupted. Raises UsageError where nobody could sign in, OSError when the port is taken."""
    refuse_strangers(settings.host, can_sign_in(desk))
    app = create(desk, names=settings.names, token=settings.token)
    settle()
    config = uvicorn.Config(
        app,
        settings.host,
        settings.port,
        log_level="warning",
        server_header=False,
        date_header=True,
        lifespan="off",
        timeout_graceful_shutdown=_GRACE,
    )
    with contextlib.suppress(KeyboardInterrupt):  # answers under way were given; there is nothing else to finish
        uvicorn.Server(config).run()


def settle() -> None:
    """Let Python look for cyclic garbage less often: the report of a thousand objectives is a hundred thousand objects
    without a cycle, and looking through those that are held took as long as making the next one."""
    gc.set_threshold(*_COLLECTED)


def can_sign_in(desk: Desk) -> bool:
    """Whether the book asks for a sign-in, and anybody has a way to."""
    sign_in = desk.book().organisation.sign_in
    return sign_in is not None and (sign_in.issuer is not None or bool(accounts(desk.store)))


def refuse_strangers(host: str, signed_in: bool = False) -> None:
    """Whoever reaches the pages reads them: unless they have to sign in, only this machine may."""
    if signed_in or host == "localhost":
        return
    try:
        if ipaddress.ip_address(host).is_loopback:
            return
    except ValueError:
        pass
    raise UsageError(
        t("pages are not shown beyond this machine, because nobody signs in to them ({host})", host=host),
        t("leave --host out, or let people sign in: docs/sign-in.md"),
    )


def _asset(request: Request, name: str) -> Response:
    if name not in frame.ASSETS:
        raise HTTPException(404)
    _, _, media_type = frame.ASSETS[name]
    fresh = request.url.path + "?" + request.url.query == frame.asset(name)
    keep = "public, max-age=31536000, immutable" if fresh else "no-cache"
    return Response(frame.asset_bytes(name), media_type=media_type, headers={"cache-control": keep})
