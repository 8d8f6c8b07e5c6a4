"""/statement: the household page of a month."""

from __future__ import annotations

from collections.abc import Mapping

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from kakeibo.app.statement import Month, statement_of
from kakeibo.app.web import filters
from kakeibo.app.web.desk import Glance
from kakeibo.app.web.frame import Place, desk_of, page
from kakeibo.budgets.statement import Statement
from kakeibo.i18n import marked
from kakeibo.model import Book
from kakeibo.store import Store

PLACE = Place(30, "/statement", marked("Statement"))
router = APIRouter()


@router.get("/statement")
def show(request: Request) -> Response:
    def facts(glance: Glance) -> Mapping[str, object]:
        zone, team = glance.book.organisation.timezone, request.query_params.get("team", "")
        present = Month.around(glance.at - 1, zone)
        found = asked(glance.book, desk_of(request).store, glance.at, request.query_params.get("month", ""), team)
        following = Month.around(found.to_minute, zone)
        return {
            "statement": found,
            "team": team,
            "teams": filters.teams(glance.book),
            "before": Month.named(found.month, zone).before(zone),
            "after": following if following.window[0] <= present.window[0] else None,
        }

    return page(request, "statement.html.jinja", facts)


def asked(book: Book, store: Store, at: int, month: str, team: str = "") -> Statement:
    """The statement of `month` ("": the one of `at`), of all objectives or those that `team` operates or can improve.

    A past month is told up to its end. Raises UsageError.
    """
    zone = book.organisation.timezone
    wanted = Month.named(month, zone) if month else Month.around(at - 1, zone)
    names = {
        slo.name
        for journey in book.journeys.values()
        for slo in journey.slos
        if not team or team in {one.key for one in (book.team_of(journey), book.owner_of(slo, journey)) if one}
    }
    return statement_of(book, store, wanted, min(at, wanted.window[1]) if at > wanted.window[0] else at, names)
