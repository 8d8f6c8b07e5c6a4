"""/alerts: what burns now, what burnt of late, and what other tools told of their alerts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from kakeibo.alerts import record
from kakeibo.alerts.received import received
from kakeibo.app.web.desk import Glance
from kakeibo.app.web.frame import Place, desk_of, page
from kakeibo.app.web.pages.taking import taken
from kakeibo.clock import MINUTES_PER_DAY
from kakeibo.i18n import marked, t
from kakeibo.letters import phrases
from kakeibo.model import Journey, Slo

PLACE = Place(60, "/alerts", marked("Alerts"))
DAYS: Final = 28
SHOWN: Final = 100
router = APIRouter()


@router.get("/alerts")
def show(request: Request) -> Response:
    def facts(glance: Glance) -> Mapping[str, object]:
        store, since = desk_of(request).store, glance.at - DAYS * MINUTES_PER_DAY
        with store.reading() as connection:
            standings = record.standings(connection)
        burning = [(alert, held) for alert, held in standings.items() if held.state != "quiet"]
        told = received(store, since=60 * since)
        groups = {flip.group for flip in record.flips(store, since=since)} | {held.group for held in standings.values()}
        known = {slo.name: (journey, slo) for journey in glance.book.journeys.values() for slo in journey.slos}
        return {
            "days": DAYS,
            "shown": SHOWN,
            "burning": [(alert, held) for alert, held in burning if held.at <= glance.at],
            "flips": [flip for flip in reversed(record.flips(store, since=since)) if flip.at <= glance.at],
            "received": [one for one in told if (one.began or 0) < 60 * (glance.at + 1)],
            "taken": taken(store, groups, glance.book.organisation.timezone),
            "known": known,
            "subject": lambda name: _subject(known.get(name), name),
        }

    return page(request, "alerts.html.jinja", facts)


def _subject(found: tuple[Journey, Slo] | None, name: str) -> str:
    """What an alert is about, for people."""
    if found is None:
        return phrases.printable(name)
    return t("{title} ({aspect})", title=phrases.title(found[0])[0], aspect=phrases.aspect(found[1]))
