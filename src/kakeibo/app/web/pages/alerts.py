"""/alerts: what burns, what burnt in the weeks before, and what other tools told; at any moment that is asked for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from kakeibo.alerts import record
from kakeibo.alerts.received import received
from kakeibo.app import alert_subjects
from kakeibo.app.web.desk import Glance
from kakeibo.app.web.frame import Place, desk_of, page
from kakeibo.app.web.pages.taking import taken
from kakeibo.clock import MINUTES_PER_DAY
from kakeibo.i18n import marked
from kakeibo.letters.policies import names_of
from kakeibo.store import rounds

PLACE = Place(40, "/alerts", marked("Alerts"))
DAYS: Final = 28
SHOWN: Final = 100
router = APIRouter()


@router.get("/alerts")
def show(request: Request) -> Response:
    def facts(glance: Glance) -> Mapping[str, object]:
        store, since = desk_of(request).store, glance.at - DAYS * MINUTES_PER_DAY
        with store.reading() as connection:
            standings = record.standings(connection, glance.at)
            decided = "decided" in rounds.all_reached(connection)
        flips = record.flips(store, since=since, until=glance.at)[::-1]
        groups = {flip.group for flip in flips} | {held.group for held in standings.values()}
        names = names_of(glance.book.journeys.values())
        return {
            "days": DAYS,
            "decided": decided or bool(standings),
            "shown": SHOWN,
            "burning": [(alert, held) for alert, held in standings.items() if held.state != "quiet"],
            "flips": flips,
            "received": received(store, since=60 * since, until=60 * glance.at + 59),
            "taken": taken(store, groups, glance.book.organisation.timezone),
            "known": names,
            "objective": alert_subjects.objective,
            "subject": lambda subject: alert_subjects.sentence(glance.book, subject, names),
        }

    return page(request, "alerts.html.jinja", facts)
