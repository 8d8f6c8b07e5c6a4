"""/teams: who looks after what, and which journeys are critical, by the votes of several roles."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from kakeibo.app import vote_letters, voting
from kakeibo.app.voting import ballots
from kakeibo.app.web import filters, forms
from kakeibo.app.web.desk import Glance
from kakeibo.app.web.forms import Form
from kakeibo.app.web.frame import Place, desk_of, glance_of, link, page
from kakeibo.app.web.guard import require, team_of_journey
from kakeibo.budgets.report import Row
from kakeibo.errors import UsageError
from kakeibo.i18n import marked, t
from kakeibo.ledger.votes import ROLES, RULINGS, SCORES
from kakeibo.letters import overview, policies, votes
from kakeibo.model import Book, Service, Team

PLACE = Place(120, "/teams", marked("Teams"))
SHOWN: Final = 40
"""Teams, and journeys to vote on, on one page."""
RIGHT: Final = range(3, 6)
"""So many objectives one team can look after."""
router = APIRouter()


@dataclass(frozen=True, slots=True)
class Charge:
    """What one team looks after. `team` None: nobody does. `rows`: its objectives, the worst first."""

    team: Team | None
    services: tuple[tuple[str, Service], ...]
    rows: tuple[Row, ...]

    @property
    def load(self) -> str:
        """Whether that is too little or too much for one team."""
        number = len(self.rows)
        if self.team is None:
            return t("Nobody looks after these: name a team at their service in the book.")
        if number in RIGHT:
            return t("Objectives: {n}. A team can look after that many.", n=number)
        if number < RIGHT.start:
            return t("Objectives: {n}. There is room for more: three to five are right.", n=number)
        return t("Objectives: {n}. That is too many for one team: three to five are right.", n=number)


@router.get("/teams")
def show(request: Request) -> Response:
    def facts(glance: Glance) -> Mapping[str, object]:
        return _facts(request, glance)

    return page(request, "teams.html.jinja", facts)


@router.get("/teams/journeys/{key}")
def ballot(request: Request, key: str) -> Response:
    def facts(glance: Glance) -> Mapping[str, object]:
        found = next((one for one in ballots(glance.book, desk_of(request).store) if one.key == key), None)
        if found is None:
            raise HTTPException(404)
        return {
            "ballot": found,
            "letters": vote_letters,
            "votes": votes,
            "mean": voting.mean,
            "roles": ROLES,
            "rulings": RULINGS,
            "scores": SCORES,
            "kept": request.query_params.get("kept", ""),
        }

    return page(request, "ballot.html.jinja", facts)


@router.post("/teams/journeys/{key}/votes")
async def vote(request: Request, key: str) -> Response:
    form = await forms.read(request)
    return await run_in_threadpool(_voted, request, form, key)


@router.post("/teams/journeys/{key}/decisions")
async def decide(request: Request, key: str) -> Response:
    form = await forms.read(request)
    return await run_in_threadpool(_decided, request, form, key)


def _voted(request: Request, form: Form, key: str) -> Response:
    book, store, score = glance_of(request).book, desk_of(request).store, form.text("score")
    require(request, "edit", team_of_journey(book, key))
    if not (score.isascii() and score.isdecimal() and len(score) < 3):
        raise UsageError(
            t("The vote has no score"), t("choose one from {low} to {high}", low=SCORES[0], high=SCORES[-1])
        )
    voting.cast(book, store, key, form.text("role"), form.text("voter"), int(score), form.text("note"))
    return RedirectResponse(link(request, f"/teams/journeys/{key}", kept="vote"), 303)


def _decided(request: Request, form: Form, key: str) -> Response:
    book, store = glance_of(request).book, desk_of(request).store
    require(request, "decide", team_of_journey(book, key))
    voting.decide(book, store, key, form.text("ruling"), form.text("by"), form.text("reason"))
    return RedirectResponse(link(request, f"/teams/journeys/{key}", kept="decision"), 303)


def _facts(request: Request, glance: Glance) -> Mapping[str, object]:
    report = desk_of(request).report(glance)
    rows = overview.worst_first(report)
    charges, found = _charges(glance.book, rows), ballots(glance.book, desk_of(request).store)
    words = request.query_params.get("q", "").casefold().split()
    charges = [one for one in charges if all(word in _text(one) for word in words)]
    found = [one for one in found if all(word in f"{one.key} {vote_letters.name(one)}".casefold() for word in words)]
    last = max(1, -(-max(len(charges), len(found)) // SHOWN))
    text = request.query_params.get("page", "")
    number = min(max(1, int(text)), last) if text.isdecimal() and len(text) < 7 else 1
    part = slice((number - 1) * SHOWN, number * SHOWN)
    return {
        "charges": charges[part],
        "ballots": found[part],
        "q": request.query_params.get("q", ""),
        "number": number,
        "last": last,
        "letters": vote_letters,
        "votes": votes,
        "mean": voting.mean,
        "roles": ROLES,
        "right": RIGHT,
        "agreed": {standing.policy.team: standing for standing in report.policies},
        "policies": policies,
        "service_names": dict(filters.services(glance.book)),
    }


def _charges(book: Book, rows: list[Row]) -> list[Charge]:
    """Every team of the book in its order, and last what nobody looks after."""
    found = []
    for team in (*book.teams.values(), None):
        key = team.key if team else None
        own = tuple(row for row in rows if (row.team.key if row.team else None) == key)
        services = tuple((name, one) for name, one in book.services.items() if one.team == key)
        if team or own:
            found.append(Charge(team, services, own))
    return found


def _text(charge: Charge) -> str:
    """What a search looks at."""
    names = [charge.team.key, charge.team.name] if charge.team else []
    names += [key for key, _ in charge.services]
    names += [name for row in charge.rows for name in (row.slo.name, *row.journey.title.values())]
    return " ".join(names).casefold()
