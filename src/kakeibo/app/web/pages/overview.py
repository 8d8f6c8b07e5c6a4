"""/: every objective, the worst first."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from kakeibo.app.web import charts, filters
from kakeibo.app.web.desk import Glance
from kakeibo.app.web.filters import Wanted
from kakeibo.app.web.frame import Place, desk_of, page
from kakeibo.i18n import marked
from kakeibo.letters import overview

PLACE = Place(10, "/", marked("Overview"))
ROWS: Final = 100
"""On one page: more is slow to draw, and nobody reads it."""

router = APIRouter()


@router.get("/")
def show(request: Request) -> Response:
    def facts(glance: Glance) -> Mapping[str, object]:
        return _facts(request, glance)

    return page(request, "overview.html.jinja", facts)


def _facts(request: Request, glance: Glance) -> Mapping[str, object]:
    report, wanted = desk_of(request).report(glance), Wanted.of(request.query_params)
    found = wanted.among(overview.worst_first(report))
    last = max(1, -(-len(found) // ROWS))
    number = min(_number(request.query_params.get("page", "")), last)
    tallied = Wanted(wanted.team, wanted.service, wanted.kind, "", wanted.q).among(report.rows)
    return {
        "report": report,
        "wanted": wanted,
        "rows": found[(number - 1) * ROWS : number * ROWS],
        "found": len(found),
        "number": number,
        "last": last,
        "tally": [(state, sum(row.state == state for row in tallied)) for state in overview.WORST_FIRST],
        "teams": filters.teams(glance.book),
        "services": filters.services(glance.book),
        "spark": charts.spark,
        "charts": charts,
    }


def _number(text: str) -> int:
    """The number of a page; the first one when it is none."""
    return max(1, int(text)) if text.isdecimal() and len(text) < 7 else 1
