"""Who sees which incidents: all of them everybody, but private ones only those who work for their teams."""

from __future__ import annotations

from collections.abc import Iterable

from starlette.exceptions import HTTPException
from starlette.requests import Request

from kakeibo.app.incident_desk import Desk, teams_of
from kakeibo.app.web.frame import desk_of, glance_of
from kakeibo.app.web.guard import require, visitor_of
from kakeibo.errors import UsageError
from kakeibo.i18n import t
from kakeibo.incidents import records
from kakeibo.incidents.likeness import Likeness
from kakeibo.incidents.nouns import Incident
from kakeibo.letters.incidents import View
from kakeibo.model import Book
from kakeibo.permissions import may


def incident_desk(request: Request, author: str = "") -> Desk:
    """The desk of whoever asks: as signed in, or as they call themselves."""
    return Desk(glance_of(request).book, desk_of(request).store, visitor_of(request).name or author or None)


def may_edit(request: Request, book: Book, one: Incident) -> bool:
    """Whether they work for one of its teams; of an incident of no team, for all."""
    roles = visitor_of(request).roles
    teams: list[str | None] = [*teams_of(book, one)] or [None]
    return any(may(roles, "edit", team) for team in teams)


def visible(request: Request, book: Book, found: Iterable[Incident]) -> list[Incident]:
    return [one for one in found if not one.private or may_edit(request, book, one)]


def visible_pairs(request: Request, view: View) -> list[tuple[Incident, Likeness]]:
    """The earlier incidents of the same pattern that they may see."""
    return [(one, like) for one, like in view.alike if visible(request, view.book, [one])]


def one_of(request: Request, number: int) -> Incident:
    """An incident that they may see, without its timeline. Raises HTTPException 404: there is none, as far as they are
    told."""
    try:
        found = records.incident(desk_of(request).store, number, entries=0)
    except UsageError as error:
        raise HTTPException(404, error.message) from None
    if not visible(request, glance_of(request).book, [found]):
        raise HTTPException(404, t("there is no incident {id}", id=number))
    return found


def require_about(request: Request, about: Iterable[str]) -> None:
    """Refuses those who may not edit what the names (of journeys, objectives, services) stand for; of names that say
    nothing of a team, they must be allowed to edit everything. Raises HTTPException 403."""
    book = glance_of(request).book
    named = {key for name in about for key in (name, name.partition("/")[0])}
    found = [journey for journey in book.journeys.values() if journey.key in named or journey.service in named]
    teams = [book.team_of(journey) for journey in found] or [None]
    for team in teams:
        require(request, "edit", team.key if team else None)


def require_edit(request: Request, number: int) -> Incident:
    """An incident that they may change. Raises HTTPException 403 and 404."""
    found = one_of(request, number)
    if not may_edit(request, glance_of(request).book, found):
        raise HTTPException(403, t("You may not do that."))
    return found
