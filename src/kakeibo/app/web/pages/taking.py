"""Taking an alert on the page of alerts: who looks into it, for everybody to see, and nobody else is called."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from kakeibo.alerts import acknowledgements, record
from kakeibo.app import alerting
from kakeibo.app.web import forms
from kakeibo.app.web.forms import Form
from kakeibo.app.web.frame import desk_of, glance_of, link
from kakeibo.app.web.guard import require
from kakeibo.errors import UsageError
from kakeibo.i18n import t
from kakeibo.letters import alerts as letter
from kakeibo.model import Book
from kakeibo.store import Store

router = APIRouter()


def taken(store: Store, groups: Iterable[str], zone: str) -> Mapping[str, str]:
    """Of the groups that somebody has taken: who, since when, and where they said so. Whenever that was: somebody who
    looks at a past moment wants to know it too."""
    with store.reading() as connection:
        found = acknowledgements.acknowledgements(connection, set(groups) - {""})
    return {group: letter.taken(one, zone) for group, one in found.items()}


@router.post("/alerts/taken")
async def take(request: Request) -> Response:
    form = await forms.read(request)
    return await run_in_threadpool(_take, request, form)


def _take(request: Request, form: Form) -> Response:
    book, store, group = glance_of(request).book, desk_of(request).store, form.text("alert")
    visitor = require(request, "edit", _team(book, store, group))
    by = visitor.name or form.text("by")
    if not by:
        raise UsageError(t("It is not said who looks into it"), t("write your name or role"))
    alerting.take(book, store, group, by=by, note=form.text("note")[:1000], origin="web")
    return RedirectResponse(link(request, "/alerts"), 303)


def _team(book: Book, store: Store, group: str) -> str | None:
    """Whose alert it is."""
    with store.reading() as connection:
        subjects = {alert.subject for alert, held in record.standings(connection).items() if held.group == group}
    journeys = (journey for journey in book.journeys.values() for slo in journey.slos if slo.name in subjects)
    teams = {team.key for journey in journeys if (team := book.team_of(journey))}
    return teams.pop() if len(teams) == 1 else None
