"""/postmortems: the registry, one with its review, editing in which nobody's words are lost, the monthly digest."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from kakeibo import clock
from kakeibo.app import postmortem_pages as pages
from kakeibo.app import postmortems
from kakeibo.app.postmortem_pages import Whole
from kakeibo.app.slips import worded
from kakeibo.app.web import forms, seen
from kakeibo.app.web.desk import Glance
from kakeibo.app.web.forms import Form
from kakeibo.app.web.frame import Place, desk_of, glance_of, link, page, render
from kakeibo.app.web.guard import require, visitor_of
from kakeibo.errors import UsageError
from kakeibo.i18n import marked, t
from kakeibo.letters import markdown, postmortem_digest
from kakeibo.letters import postmortems as words
from kakeibo.model import Book
from kakeibo.postmortems import actions, changes, records, searching
from kakeibo.postmortems.changes import Act
from kakeibo.postmortems.comments import KINDS, Comment
from kakeibo.postmortems.pareto import pareto
from kakeibo.postmortems.reading import split_front_matter
from kakeibo.postmortems.records import Postmortem

PLACE = Place(60, "/postmortems", marked("Postmortems"))
SHOWN: Final = 30
router = APIRouter()


@router.get("/postmortems")
def show(request: Request) -> Response:
    def facts(glance: Glance) -> Mapping[str, object]:
        return _registry(request, glance)

    return page(request, "postmortems.html.jinja", facts)


@router.post("/postmortems")
async def draft(request: Request) -> Response:
    form = await forms.read(request)
    return await run_in_threadpool(_drafted, request, form)


@router.get("/postmortems/digest")
def digest(request: Request) -> Response:
    def facts(glance: Glance) -> Mapping[str, object]:
        month = postmortems.month_of(glance.book, request.query_params.get("month"), 60 * glance.at)
        found = postmortems.digest_of(glance.book, desk_of(request).store, month)
        text = postmortem_digest.markdown(found, _here(request))
        return {"heading": postmortem_digest.headline(found), "body": markdown.html(_without_title(text)),
                "before": month.before(glance.book.organisation.timezone).text}  # fmt: skip

    return page(request, "postmortem_digest.html.jinja", facts)


@router.get("/postmortems/{name}")
def one(request: Request, name: str) -> Response:
    number = _number(name)
    _note_reader(request, number)

    def facts(glance: Glance) -> Mapping[str, object]:
        return _facts(request, glance, _whole(request, number))

    return page(request, "postmortem.html.jinja", facts)


@router.get("/postmortems/{name}/sheet")
def sheet(request: Request, name: str) -> Response:
    def facts(glance: Glance) -> Mapping[str, object]:
        found = _whole(request, _number(name)).postmortem
        text = pages.sheet(glance.book, desk_of(request).store, found.id)
        return {"heading": t("Reading together: {name}", name=found.name), "body": markdown.html(_without_title(text)),
                "before": ""}  # fmt: skip

    return page(request, "postmortem_digest.html.jinja", facts)


@router.get("/postmortems/{name}/edit")
def edit(request: Request, name: str) -> Response:
    def facts(glance: Glance) -> Mapping[str, object]:
        del glance
        found = _whole(request, _number(name))
        return _editing(request, found.postmortem, found.text.text, found.text.number)

    return page(request, "postmortem_edit.html.jinja", facts)


@router.post("/postmortems/{name}/edit")
async def save(request: Request, name: str) -> Response:
    form = await forms.read(request)
    return await run_in_threadpool(_saved, request, form, _number(name))


@router.post("/postmortems/{name}/{what}")
async def change(request: Request, name: str, what: str) -> Response:
    form = await forms.read(request)
    return await run_in_threadpool(_changed, request, form, _number(name), what)


def _drafted(request: Request, form: Form) -> Response:
    """Opens a draft: of an incident by its number, or of anything else by its title."""
    book, store, act = glance_of(request).book, desk_of(request).store, _act(request, form)
    incident = form.text("incident")
    if incident:
        found = seen.require_edit(request, _whole_number(incident, 0))
        return _back(request, postmortems.draft(book, store, found.id, act.who, act.at))
    title = worded(form.text("title")[:200], t("What happened"))
    return _back(request, postmortems.blank(book, store, title, act.who, act.at))


def _saved(request: Request, form: Form, number: int) -> Response:
    """Saves the text, and shows it; when somebody else was faster, shows what they changed beside what we wrote."""
    held = _allowed(request, number)
    text = form.fields.get("text", "").replace("\r\n", "\n")
    begun = form.text("began_with")
    try:
        act = _act(request, form)
        with desk_of(request).store.writing() as connection:
            changes.revise(connection, number, _whole_number(begun), text, act, form.text("note")[:1000])
    except changes.Edited as conflict:
        context = _editing(request, held, conflict.ours, conflict.theirs.number, conflict, form)
        return Response(render(request, "postmortem_edit.html.jinja", context), 409, media_type="text/html")
    except UsageError as error:
        context = _editing(request, held, text, _whole_number(begun), error, form)
        return Response(render(request, "postmortem_edit.html.jinja", context), 400, media_type="text/html")
    return _back(request, held)


def _changed(request: Request, form: Form, number: int, what: str) -> Response:
    """A comment or an answer, which every team may write, or a step of the review, which is for its own."""
    store = desk_of(request).store
    held = _whole(request, number).postmortem if what == "comments" else _allowed(request, number)
    act = _act(request, form)
    if what == "publish":
        reviewer = visitor_of(request).name or worded(form.text("who"), t("Who are you?"))
        postmortems.publish(glance_of(request).book, store, number, reviewer, Act(reviewer, act.at))
        return _back(request, held)
    if what == "done":
        action, seen = _whole_number(form.text("action"), 0), _whole_number(form.text("seen"), 0)
        postmortems.done(glance_of(request).book, store, number, action, act, seen=seen)
        return _back(request, held)
    with store.writing() as connection:
        if what == "comments":
            changes.comment(connection, number, _comment(form), act)
        elif what == "ready":
            changes.ready(connection, number, act)
        elif what == "withdraw":
            changes.withdraw(connection, number, worded(form.text("reason")[:1000], t("Why nobody needs it")), act)
        elif what == "meeting":
            present = tuple(filter(None, (name.strip() for name in form.text("present").split(","))))
            changes.meet(connection, number, act, present or None)
        else:
            raise HTTPException(404)
    return _back(request, held)


def _comment(form: Form) -> Comment:
    thread = form.text("thread")
    if thread:
        return Comment("answer", form.text("text"), thread=_whole_number(thread))
    kind = next((one for one in KINDS if one == form.text("kind")), KINDS[0])
    return Comment(kind, form.text("text"), form.text("quote"))


def _registry(request: Request, glance: Glance) -> Mapping[str, object]:
    store, query = desk_of(request).store, request.query_params
    all_ = records.postmortems(store)
    q, team, state = (query.get(name, "").strip() for name in ("q", "team", "state"))
    asked = searching.found(store, q) if q else all_
    found = [one for one in asked if team in ("", one.team) and state in ("", one.state)]
    last = max(1, -(-len(found) // SHOWN))
    number = min(max(1, _whole_number(query.get("page", "1"))), last)
    shown = found[(number - 1) * SHOWN : number * SHOWN]
    today = clock.local(glance.at, glance.book.organisation.timezone).date()
    shared = [one for one in all_ if one.state == "published" and team in ("", one.team)]
    return {
        "found": searching.hits(store, shown, q) if q else [searching.Hit(one, "") for one in shown],
        "number_found": len(found),
        "number": number,
        "last": last,
        "q": q,
        "team": team,
        "state": state,
        "teams": _teams(glance.book, all_),
        "states": [(one, words.state(one)) for one in records.STATES],
        "paretos": [pareto(shared, axis) for axis in ("trigger", "root_cause")],
        "late": actions.overdue(actions.promised(shared), today)[:SHOWN],
        "today": today,
        "words": words,
        "asks_who": not visitor_of(request).name,
    }


def _facts(request: Request, glance: Glance, found: Whole) -> dict[str, object]:
    one = found.postmortem
    return {
        "found": found,
        "one": one,
        "body": markdown.html(_without_title(split_front_matter(found.text.text)[1])),
        "next": words.next_step(one, found.threads, len(found.form.open_questions), found.reason),
        "undone": [(n, each) for n, each in enumerate(one.actions, 1) if not each.done],
        "kinds": [(kind, words.kind(kind)) for kind in KINDS],
        "words": words,
        "asks_who": not visitor_of(request).name,
        "meeting_going": sum(step.step.startswith("meeting") for step in found.steps) % 2 == 1,
        "team_name": dict(_teams(glance.book, [one])).get(one.team or "", ""),
    }


def _editing(
    request: Request,
    one: Postmortem,
    text: str,
    version: int,
    trouble: UsageError | None = None,
    form: Form | None = None,
) -> dict[str, object]:
    return {
        "one": one,
        "text": text,
        "version": version,
        "trouble_said": trouble,
        "diff": trouble.diff if isinstance(trouble, changes.Edited) else "",
        "who": form.text("who") if form else "",
        "note": form.text("note") if form else "",
        "asks_who": not visitor_of(request).name,
    }


def _teams(book: Book, all_: list[Postmortem]) -> list[tuple[str, str]]:
    """The teams that have postmortems, those too that are no longer in the book."""
    keys = sorted({one.team for one in all_ if one.team})
    return [(key, book.teams[key].name if key in book.teams else key) for key in keys]


def _allowed(request: Request, number: int) -> Postmortem:
    """The postmortem, if the visitor may change what belongs to its team."""
    held = _whole(request, number).postmortem
    team = held.team if held.team in glance_of(request).book.teams else None
    require(request, "edit", team if team or not visitor_of(request).name else _own_team(request))
    return held


def _own_team(request: Request) -> str | None:
    """Of a postmortem that belongs to no team of the book, everybody who may edit anything may write."""
    return next(iter(visitor_of(request).roles), None)


def _act(request: Request, form: Form) -> Act:
    who = visitor_of(request).name or worded(form.text("who")[:200], t("Who are you?"))
    return Act(who, clock.second_of(clock.now()))


def _note_reader(request: Request, number: int) -> None:
    """Readers are counted where it is known who they are; a program with a token is none."""
    name = visitor_of(request).name
    if name and "authorization" not in request.headers:
        _whole(request, number)
        store = desk_of(request).store
        if not records.has_read(store, number, name):
            with store.writing() as connection:
                changes.opened_by(connection, number, name, clock.second_of(clock.now()))


def _whole(request: Request, number: int) -> Whole:
    try:
        return pages.whole(desk_of(request).store, number)
    except UsageError as error:
        raise HTTPException(404, error.message) from None


def _number(name: str) -> int:
    try:
        return records.number_of(name)
    except UsageError as error:
        raise HTTPException(404, error.message) from None


def _whole_number(text: str, otherwise: int = 1) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else otherwise


def _back(request: Request, one: Postmortem) -> Response:
    return RedirectResponse(link(request, f"/postmortems/{one.name}"), 303)


def _here(request: Request) -> str:
    """Where the pages are: as the book has it, or as they were asked for."""
    known = glance_of(request).book.organisation.address
    return known or f"{request.url.scheme}://{request.url.netloc}"


def _without_title(text: str) -> str:
    """The text below its title, which the page shows itself."""
    return "\n".join(line for line in text.split("\n") if not line.startswith("# "))
