"""/sign-in, /sign-in/start, /sign-in/callback, /sign-out, /account: coming in, and leaving."""

from __future__ import annotations

from typing import Final

from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from kakeibo import clock
from kakeibo.access import accounts, oidc, sessions, sign_ins
from kakeibo.access.accounts import TooManyTries
from kakeibo.app import forms
from kakeibo.app.web.failures import answer
from kakeibo.app.web.frame import desk_of, render
from kakeibo.app.web.guard import COOKIE, visitor_of
from kakeibo.app.web.pages.tokens import role_words
from kakeibo.errors import ProviderDown, SignInError
from kakeibo.i18n import t
from kakeibo.permissions import SignIn, may

WAY_COOKIE: Final = "__Host-kakeibo-way"
_LONGEST: Final = 2_000
router = APIRouter()


@router.get("/sign-in")
def show(request: Request, next: str = "/") -> Response:
    return _form(request, safe_next(next))


@router.post("/sign-in")
async def with_password(request: Request) -> Response:
    _sign_in(request)
    fields = dict(forms.fields_of(await forms.body_of(request)))
    return await run_in_threadpool(_by_password, request, fields)


def _by_password(request: Request, fields: dict[str, str]) -> Response:
    store, now = desk_of(request).store, clock.second_of(clock.now())
    name, next_ = fields.get("name", "").strip(), safe_next(fields.get("next", "/"))
    try:
        right = accounts.check(store, name, fields.get("password", ""), now)
    except TooManyTries as error:
        return _form(request, next_, str(error), 429, {"retry-after": str(error.seconds)})
    if not right:
        return _form(request, next_, t("The name or the password is wrong."), 401)
    return _signed_in(sessions.begin(store, "local", name, now), sessions.LASTING["local"], next_)


@router.get("/sign-in/start")
def start(request: Request, next: str = "/") -> Response:
    """On the way to the provider."""
    sign_in = _provided(request)
    secret, begun = sign_ins.begin(desk_of(request).store, safe_next(next), clock.second_of(clock.now()))
    try:
        response = RedirectResponse(oidc.address(sign_in, begun), 303)
    except SignInError as error:
        return _failed(request, error)
    _keep(response, WAY_COOKIE, secret, sign_ins.LASTING)
    return response


@router.get("/sign-in/callback")
def callback(request: Request, code: str = "", state: str = "", error: str = "", iss: str = "") -> Response:
    """Back from the provider. `iss` as in RFC 9207: an answer of another provider's is none."""
    sign_in, desk = _provided(request), desk_of(request)
    now = clock.second_of(clock.now())
    begun = sign_ins.finish(desk.store, request.cookies.get(WAY_COOKIE, ""), state, now)
    if begun is None or (iss and iss != sign_in.issuer):
        return answer(request, 400, t("This way in was not begun here, or has been used."), t("sign in again"))
    if error or not code:
        return answer(
            request, 403, t("The provider did not let you in ({why}).", why=error[:80] or "-"), t("sign in again")
        )
    try:
        person = oidc.person(sign_in, begun, code, now)
    except SignInError as failure:
        return _failed(request, failure)
    secret = sessions.begin(desk.store, "oidc", person.name, now, subject=person.subject, groups=person.groups)
    response = _signed_in(secret, sessions.LASTING["oidc"], begun.next)
    response.delete_cookie(WAY_COOKIE, secure=True, httponly=True, samesite="lax")
    return response


@router.post("/sign-out")
def sign_out(request: Request) -> Response:
    if secret := request.cookies.get(COOKIE):
        sessions.end(desk_of(request).store, secret, visitor_of(request).name)
    response = RedirectResponse("/sign-in", 303)
    response.delete_cookie(COOKIE, secure=True, httponly=True, samesite="lax")
    return response


@router.get("/account")
def account(request: Request) -> Response:
    """Who one is here, what one may do, and the way out."""
    visitor = visitor_of(request)
    facts = {
        "visitor": visitor,
        "admin": may(visitor.roles, "administer"),
        "teams": desk_of(request).book().teams,
        "role_words": role_words(),
    }
    return HTMLResponse(render(request, "account.html.jinja", facts))


def safe_next(wanted: str) -> str:
    """An address on this server, or else the first page: nobody is sent elsewhere after signing in.

    Browsers read a backslash as a slash, and skip control characters.
    """
    ours = wanted.startswith("/") and not wanted.startswith(("//", "/sign-in")) and "\\" not in wanted
    plain = ours and len(wanted) <= _LONGEST and all(" " < char < "\x7f" for char in wanted)
    return wanted if plain else "/"


def _form(
    request: Request, next_: str, said: str = "", status: int = 200, headers: dict[str, str] | None = None
) -> Response:
    facts = {"next": next_, "said": said, "provider": _sign_in(request).issuer is not None}
    facts |= {"places": (), "signs_in": False}  # whoever is not in yet has nowhere to go
    return HTMLResponse(render(request, "sign_in.html.jinja", facts), status, headers)


def _sign_in(request: Request) -> SignIn:
    found: SignIn | None = request.state.sign_in
    if found is None:
        raise HTTPException(404)
    return found


def _provided(request: Request) -> SignIn:
    found = _sign_in(request)
    if found.issuer is None:
        raise HTTPException(404)
    return found


def _signed_in(secret: str, lasting: int, next_: str) -> Response:
    response = RedirectResponse(next_, 303)
    _keep(response, COOKIE, secret, lasting)
    return response


def _keep(response: Response, name: str, secret: str, lasting: int) -> None:
    response.set_cookie(name, secret, max_age=lasting, path="/", secure=True, httponly=True, samesite="lax")


def _failed(request: Request, error: SignInError) -> Response:
    return answer(request, 502 if isinstance(error, ProviderDown) else 403, error.message, error.mend)
