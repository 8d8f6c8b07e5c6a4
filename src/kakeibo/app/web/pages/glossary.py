"""/glossary: what the words mean."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from kakeibo.app.web.frame import Place, page
from kakeibo.i18n import marked

PLACE = Place(130, "/glossary", marked("Glossary"))
router = APIRouter()


@router.get("/glossary")
def show(request: Request) -> Response:
    return page(request, "glossary.html.jinja", lambda _: {})
