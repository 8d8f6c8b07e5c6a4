"""/alerts: what burns now and who takes it, what burnt of late, and what other tools told of their alerts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from kakeibo.alerts import acknowledgements, record
from kakeibo.alerts.received import received
from kakeibo.app import alerting
from kakeibo.app.web import forms
from kakeibo.app.web.desk import Glance
from kakeibo.app.web.forms import Form
from kakeibo.app.web.frame import Place, desk_of, glance_of, link, page
from kakeibo.app.web.guard import require
from kakeibo.clock import MINUTES_PER_DAY
from kakeibo.errors import UsageError
from kakeibo.i18n import marked, t
from kakeibo.letters import alerts as letter
from kakeibo.letters import phrases
from kakeibo.model import Book, Journey, Slo
from kakeibo.store import Store

PLACE = Place(60, "/alerts", marked("Alerts"))
DAYS: Final = 28
SHOWN: Final = 100
router = APIRouter()


@router.get("/alerts")
def show(request: Request) -> Response:
    def facts(glance: Glance) -> Mapping[str, object]:
        store, since = desk_of(request).store, glance.at - DAYS * MINUTES_PER_DAY
        flips = record.flips(store, since=since)
        with store.reading() as connection:
            standings = record.standings(connection)
            groups = {flip.group for flip in flips} | {held.group for held in standings.values()}
            taken = acknowledgements.acknowledgements(connection, groups - {""})
        burning = [(alert, held) for alert, held in standings.items() if held.state != "quiet"]
        told = received(store, since=60 * since)
        known = {slo.name: (journey, slo) for journey in glance.book.journeys.values() for slo in journey.slos}
        return {
            "days": DAYS,
            "shown": SHOWN,
            "burning": [(alert, held) for alert, held in burning if held.at <= glance.at],
            "flips": [flip for flip in reversed(flips) if flip.at <= glance.at],
            "taken": taken,
            "taken_words": letter.taken,
            "received": [one for one in told if (one.began or 0) < 60 * (glance.at + 1)],
            "known": known,
            "subject": lambda name: _subject(known.get(name), name),
        }

    return page(request, "alerts.html.jinja", facts)


@router.post("/alerts/taken")
async def take(request: Request) -> Response:
    """Somebody looks into an alert: nobody else is called for it."""
    form = await forms.read(request)
    return await run_in_threadpool(_taken, request, form)


def _taken(request: Request, form: Form) -> Response:
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


def _subject(found: tuple[Journey, Slo] | None, name: str) -> str:
    """What an alert is about, for people."""
    if found is None:
        return phrases.printable(name)
    return t("{title} ({aspect})", title=phrases.title(found[0])[0], aspect=phrases.aspect(found[1]))
