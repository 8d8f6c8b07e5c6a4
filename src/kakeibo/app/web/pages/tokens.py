"""/tokens: tokens with which programs use the API; made, shown once, and ended. For admins."""

from __future__ import annotations

from typing import Final

from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from kakeibo import clock
from kakeibo.access import tokens
from kakeibo.app.slips import author_of
from kakeibo.app.web import filters, forms
from kakeibo.app.web.forms import Form
from kakeibo.app.web.frame import desk_of, link, render
from kakeibo.app.web.guard import require
from kakeibo.errors import UsageError
from kakeibo.i18n import t
from kakeibo.permissions import EVERY_TEAM, Role

GIVEN: Final[tuple[Role, ...]] = ("viewer", "editor", "owner")
"""What a token may be: programs do not say who may do what."""
USUAL_DAYS: Final = 90
router = APIRouter()


@router.get("/tokens")
def show(request: Request) -> Response:
    require(request, "administer")
    return _page(request)


@router.post("/tokens")
async def create(request: Request) -> Response:
    form = await forms.read(request)
    return await run_in_threadpool(_created, request, form)


@router.post("/tokens/{name}/revoke")
def revoke(request: Request, name: str) -> Response:
    visitor = require(request, "administer")
    tokens.revoke(desk_of(request).store, name, author_of(visitor.name or None), clock.second_of(clock.now()))
    return RedirectResponse(link(request, "/tokens"), 303)


def _created(request: Request, form: Form) -> Response:
    visitor, desk = require(request, "administer"), desk_of(request)
    role, team, days = form.text("role"), form.text("team") or EVERY_TEAM, form.text("days")
    now = clock.second_of(clock.now())
    try:
        if role not in GIVEN:
            raise UsageError(t("there is no role {name}", name=repr(role[:40])))
        if team != EVERY_TEAM and team not in desk.book().teams:
            raise UsageError(t("there is no team '{name}'", name=team[:40]))
        number = int(days) if days.isascii() and days.isdecimal() and len(days) < 5 else 0
        author = author_of(visitor.name or None)
        secret = tokens.create(desk.store, form.text("name"), role, author, now, team=team, days=number)
    except UsageError as error:
        return _page(request, error=error)
    return _page(request, secret=secret)


def _page(request: Request, secret: str = "", error: UsageError | None = None) -> Response:
    """`secret`: the token that was made just now, on show this once."""
    desk, now = desk_of(request), clock.second_of(clock.now())
    found = sorted(tokens.tokens(desk.store), key=lambda one: not one.holds(now))
    facts = {
        "tokens": [(one, one.holds(now)) for one in found],
        "secret": secret,
        "error": error,
        "given": GIVEN,
        "role_words": role_words(),
        "teams": filters.teams(desk.book()),
        "days": USUAL_DAYS,
        "most_days": tokens.LONGEST_DAYS,
    }
    return HTMLResponse(render(request, "tokens.html.jinja", facts), 400 if error else 200)


def role_words() -> dict[Role, str]:
    """What each role does, in a word."""
    return {"viewer": t("sees"), "editor": t("edits"), "owner": t("decides"), "admin": t("administers")}
