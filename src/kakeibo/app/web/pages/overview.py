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
"""On one page, unless somebody wants more (`?rows=`), as for printing: it is slow to draw, and nobody reads it."""
MOST_ROWS: Final = 2_000

router = APIRouter()


@router.get("/")
def show(request: Request) -> Response:
    def facts(glance: Glance) -> Mapping[str, object]:
        return _facts(request, glance)

    return page(request, "overview.html.jinja", facts)


def _facts(request: Request, glance: Glance) -> Mapping[str, object]:
    report, wanted = desk_of(request).report(glance), Wanted.of(request.query_params)
    found = wanted.among(overview.worst_first(report))
    at_once = min(_number(request.query_params.get("rows", ""), ROWS), MOST_ROWS)
    last = max(1, -(-len(found) // at_once))
    number = min(_number(request.query_params.get("page", "")), last)
    tallied = Wanted(wanted.team, wanted.service, wanted.kind, "", wanted.q).among(report.rows)
    return {
        "report": report,
        "wanted": wanted,
        "rows": found[(number - 1) * at_once : number * at_once],
        "found": len(found),
        "number": number,
        "last": last,
        "at_once": None if at_once == ROWS else at_once,
        "most_rows": MOST_ROWS,
        "tally": [(state, sum(row.state == state for row in tallied)) for state in overview.WORST_FIRST],
        "teams": filters.teams(glance.book),
        "services": filters.services(glance.book),
        "spark": charts.spark,
        "charts": charts,
    }


def _number(text: str, otherwise: int = 1) -> int:
    """A number from one on; what else is said is none."""
    return max(1, int(text)) if text.isdecimal() and len(text) < 7 else otherwise
