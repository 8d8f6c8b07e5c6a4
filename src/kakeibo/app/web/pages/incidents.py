"""/incidents: what is wrong now and what was, and one of them with its timeline. People work on it here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from kakeibo.app.incident_desk import Desk, New
from kakeibo.app.web import forms, seen
from kakeibo.app.web.forms import Form
from kakeibo.app.web.frame import Place, desk_of, glance_of, link, render
from kakeibo.app.web.guard import visitor_of
from kakeibo.errors import EditConflict, UsageError
from kakeibo.i18n import marked, t
from kakeibo.incidents.nouns import ROLES, Register
from kakeibo.letters import phrases
from kakeibo.postmortems import records as postmortems

PLACE = Place(50, "/incidents", marked("Incidents"))
SHOWN: Final = 50
LINES: Final = 200
SIGNS: Final = {"open": "exhausted", "acknowledged": "at_risk", "mitigated": "filling", "resolved": "healthy",
                "merged": "no_data"}  # fmt: skip
"""State -> the state of a budget whose colour and sign it has."""
_LONGEST: Final = 4_000
router = APIRouter()


@router.get("/incidents")
def show(request: Request) -> Response:
    return _list(request)


@router.post("/incidents")
async def open_one(request: Request) -> Response:
    form = await forms.read(request)
    return await run_in_threadpool(_opened, request, form)


@router.get("/incidents/{number}")
def show_one(request: Request, number: int) -> Response:
    return _page(request, number)


@router.post("/incidents/{number}")
async def act(request: Request, number: int) -> Response:
    form = await forms.read(request)
    return await run_in_threadpool(_acted, request, number, form)


def _opened(request: Request, form: Form) -> Response:
    about = form.text("about")
    seen.require_about(request, [about])
    new = New(form.text("title")[:200], [about] if about else [], form.text("at"), bool(form.text("private")))
    try:
        number = seen.incident_desk(request, form.text("author")).open(new).id
    except UsageError as error:
        return _list(request, error, form, status=400)
    return RedirectResponse(link(request, f"/incidents/{number}"), 303)


def _acted(request: Request, number: int, form: Form) -> Response:
    """Does what the form says; shows the page again, with what was typed, when that cannot be done."""
    one = seen.require_edit(request, number)
    work = _WORK.get(form.text("do"))
    if work is None:
        raise HTTPException(400, t("This part of the request is wrong: {places}.", places="do"))
    try:
        work(seen.incident_desk(request, form.text("author")), one.id, form)
    except EditConflict as error:
        return _page(request, number, error, form, status=409)
    except UsageError as error:
        return _page(request, number, error, form, status=400)
    return RedirectResponse(link(request, f"/incidents/{number}"), 303)


def _update(desk: Desk, number: int, form: Form) -> object:
    register: Register = "everyone" if form.text("register") == "everyone" else "technical"
    return desk.update(number, form.text("text")[:_LONGEST], register)


def _times(desk: Desk, number: int, form: Form) -> object:
    return desk.type_times(number, form.text("start"), form.text("end"), form.text("text"), _whole(form, "seen"))


_WORK: Final[Mapping[str, Callable[[Desk, int, Form], object]]] = {
    "ack": lambda desk, number, _: desk.acknowledge(number),
    "mitigate": lambda desk, number, form: desk.mitigate(number, form.text("text")),
    "resolve": lambda desk, number, form: desk.resolve(number, form.text("text")),
    "reopen": lambda desk, number, form: desk.reopen(number, form.text("text")),
    "merge": lambda desk, number, form: desk.merge(number, _whole(form, "into") or 0, form.text("text")),
    "update": _update,
    "note": lambda desk, number, form: desk.note(number, form.text("text")[:_LONGEST], form.text("at")),
    "role": lambda desk, number, form: desk.assign(
        number, form.text("role"), form.text("person"), _whole(form, "seen")
    ),
    "task": lambda desk, number, form: desk.add_task(number, form.text("text"), form.text("owner"), form.text("due")),
    "done": lambda desk, number, form: desk.finish_task(number, _whole(form, "task") or 0),
    "mark": lambda desk, number, form: desk.mark(number, _whole(form, "entry") or 0, milestone=not form.text("off")),
    "rename": lambda desk, number, form: desk.rename(number, form.text("title")[:200], _whole(form, "seen")),
    "times": _times,
}


def _whole(form: Form, name: str) -> int | None:
    text = form.text(name)
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else None


def _list(request: Request, trouble: UsageError | None = None, form: Form | None = None, status: int = 200) -> Response:
    glance, desk = glance_of(request), seen.incident_desk(request)
    found = seen.visible(request, glance.book, desk.listed(every=True))
    context = {
        "going": [one for one in found if not one.is_over],
        "over": [one for one in found if one.is_over][:SHOWN],
        "durations": {name: one for name, one in desk.statistics(None, None, None).items() if one.n},
        "journeys": [(key, phrases.title(one)[0]) for key, one in glance.book.journeys.items()],
    }
    return _answer(request, "incidents.html.jinja", context, trouble, form, status)


def _page(
    request: Request, number: int, trouble: UsageError | None = None, form: Form | None = None, status: int = 200
) -> Response:
    one = seen.one_of(request, number)
    view = seen.incident_desk(request).view(number, LINES)
    alike = seen.visible_pairs(request, view)
    context = {"view": view, "one": view.incident, "alike": alike, "roles": ROLES,
               "may_edit": seen.may_edit(request, view.book, one),
               "postmortem": postmortems.of_incident(desk_of(request).store, number)}  # fmt: skip
    return _answer(request, "incident.html.jinja", context, trouble, form, status)


def _answer(
    request: Request,
    template: str,
    context: Mapping[str, object],
    trouble: UsageError | None,
    form: Form | None,
    status: int,
) -> Response:
    """Made for whoever asks: not everybody sees the same. What they typed is not lost."""
    typed = dict(form.fields) if form else {}
    facts = {**context, "glance": glance_of(request), "tones": SIGNS, "trouble_asked": trouble, "typed": typed,
             "named": visitor_of(request).name}  # fmt: skip
    headers = {"cache-control": "private, no-cache", "vary": "accept-language, cookie"}
    return HTMLResponse(render(request, template, facts), status, headers)
