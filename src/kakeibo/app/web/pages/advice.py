"""/advice: mistakes that have cost outages, found again."""

from __future__ import annotations

from collections.abc import Mapping

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from kakeibo.app.web.advised import advised
from kakeibo.app.web.desk import Glance
from kakeibo.app.web.frame import Place, desk_of, page
from kakeibo.i18n import marked
from kakeibo.letters import advice

PLACE = Place(90, "/advice", marked("Advice"))
router = APIRouter()


@router.get("/advice")
def show(request: Request) -> Response:
    def facts(glance: Glance) -> Mapping[str, object]:
        return {"review": advised(desk_of(request), glance), "advice": advice, "names": advice.names_of(glance.book)}

    return page(request, "advice.html.jinja", facts)
