"""Who asks, and whether they may: between the manners and every page, so that no page can forget it.

1. What anybody may have (the way in, styles, health) and what signs itself (chat, telephone, alerts of other tools)
   passes. 2. A token or a session says who asks; otherwise the way in is shown. 3. Whatever may change something must
   come from one of our own pages, or with a token, and from somebody who may change anything at all. 4. Pages ask
   `require` about the team they are about.

Without a sign-in everybody is the one at this machine, who may do everything; step 3 holds for them too.
"""

from __future__ import annotations

from typing import Final
from urllib.parse import urlencode, urlsplit

from fastapi import FastAPI
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.types import Receive, Scope, Send

from kakeibo import clock
from kakeibo.access import sessions, tokens
from kakeibo.app.web.desk import Desk
from kakeibo.app.web.failures import RETRY, answer
from kakeibo.errors import StoreError
from kakeibo.i18n import t
from kakeibo.model import Book
from kakeibo.permissions import EVERY_TEAM, Action, SignIn, Visitor, may, may_anywhere, roles_of
from kakeibo.store import audit

COOKIE: Final = "__Host-kakeibo"
"""Browsers take this name only from the host itself, encrypted, for all of its paths."""
_WAY_IN: Final = ("/sign-in", "/sign-in/start", "/sign-in/callback")
_OPEN: Final = ("/healthz", *_WAY_IN)
_SIGNED_BY_THEMSELVES: Final = ("/chat/", "/phone/", "/api/v1/incoming/")
_SAFE: Final = ("GET", "HEAD", "OPTIONS")
_HERE: Final = Visitor("", {EVERY_TEAM: "admin"})


class Guard:
    """A sign-in that was asked for when the server started stays so, whatever becomes of the book."""

    def __init__(self, app: FastAPI, desk: Desk) -> None:
        self.app, self.desk = app, desk
        self._needed = desk.book().organisation.sign_in is not None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        scope["app"] = self.app
        request, path = Request(scope), scope["path"]
        visitor: Visitor | Response = _HERE
        scope.setdefault("state", {})["sign_in"] = wanted = self._wanted()
        if path.startswith(_SIGNED_BY_THEMSELVES):
            visitor = Visitor("", {})
        elif path in _OPEN or path.startswith("/static/"):
            visitor = _cross(request, strict=wanted is not None) or Visitor("", {})
        else:
            visitor = await run_in_threadpool(self._let_in, request, wanted)
        if isinstance(visitor, Response):
            await visitor(scope, receive, send)
            return
        scope["state"]["visitor"] = visitor
        with audit.through(_door(path), visitor.name):
            await self.app(scope, receive, send)

    def _wanted(self) -> SignIn | None:
        return self.desk.book().organisation.sign_in or (SignIn() if self._needed else None)

    def _let_in(self, request: Request, wanted: SignIn | None) -> Visitor | Response:
        """Who asks; or what they are answered instead."""
        if wanted is None:
            return _cross(request, strict=False) or _HERE
        shown = _bearer(request)
        try:
            visitor = self._by_token(shown) if shown is not None else self._by_session(request, wanted)
        except StoreError as error:
            return answer(request, 503, error.message, error.mend, RETRY)
        if visitor is None:
            return _way_in(request, shown is not None)
        if not visitor.roles and request.url.path not in ("/sign-out", "/account"):
            return answer(
                request, 403, t("You have no role here."), t("ask an admin to give one of your groups a role")
            )
        if request.method in _SAFE:
            return visitor
        if shown is None and (refusal := _cross(request, strict=True)):
            return refusal
        if not may_anywhere(visitor.roles, "edit") and request.url.path != "/sign-out":
            return _forbidden(request)
        return visitor

    def _by_token(self, shown: str) -> Visitor | None:
        return tokens.visitor(self.desk.store, shown, clock.second_of(clock.now()))

    def _by_session(self, request: Request, wanted: SignIn) -> Visitor | None:
        secret = request.cookies.get(COOKIE, "")
        session = sessions.find(self.desk.store, secret, clock.second_of(clock.now())) if secret else None
        if session is None:
            return None
        if session.kind == "local":
            return Visitor(session.name, {EVERY_TEAM: "admin"})
        return Visitor(session.name, roles_of(session.groups, wanted.groups))


def visitor_of(request: Request) -> Visitor:
    """Who asks; without a sign-in, whoever is at this machine."""
    visitor: Visitor = request.state.visitor
    return visitor


def require(request: Request, action: Action, team: str | None = None) -> Visitor:
    """Who asks, if they may do `action` on what belongs to `team` (None: to none). Raises HTTPException 403."""
    visitor = visitor_of(request)
    if not may(visitor.roles, action, team):
        raise HTTPException(403, t("You may not do that."))
    return visitor


def require_anywhere(request: Request, action: Action) -> Visitor:
    """Who asks, if there is any team on whose things they may do `action`. Raises HTTPException 403."""
    visitor = visitor_of(request)
    if not may_anywhere(visitor.roles, action):
        raise HTTPException(403, t("You may not do that."))
    return visitor


def team_of_journey(book: Book, journey: str) -> str | None:
    """Whose journey it is; None for what the book does not have."""
    team = book.team_of(book.journeys[journey]) if journey in book.journeys else None
    return team.key if team else None


def _bearer(request: Request) -> str | None:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else None


def _cross(request: Request, *, strict: bool) -> Response | None:
    """Refuses what would change something and was not sent by a page of ours.

    Browsers say where a form stands: in Sec-Fetch-Site, or else in Origin. `strict`: something must say it.
    """
    if request.method in _SAFE:
        return None
    site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin")
    said = site == "same-origin" if site else urlsplit(origin).netloc == request.headers.get("host") if origin else None
    if said or (said is None and not strict):
        return None
    return answer(request, 403, t("This was sent by a page of another site."))


def _way_in(request: Request, with_token: bool) -> Response:
    path = request.url.path
    if with_token or path.startswith("/api/") or path == "/metrics" or request.method not in _SAFE:
        said = t("The token is missing or wrong.") if with_token else t("Sign in first.")
        return answer(request, 401, said, t("kakeibo token create NAME makes one"), {"www-authenticate": "Bearer"})
    query = request.url.query
    wanted = {"next": f"{path}?{query}" if query else path, "lang": request.query_params.get("lang", "")}
    return RedirectResponse(f"/sign-in?{urlencode({k: v for k, v in wanted.items() if v})}", 303)


def _forbidden(request: Request) -> Response:
    return answer(request, 403, t("You may not do that."))


def _door(path: str) -> audit.Door:
    return (
        "chat" if path.startswith("/chat/")
        else "telephone" if path.startswith("/phone/")
        else "api" if path.startswith("/api/")
        else "web"
    )  # fmt: skip
