"""/journeys/NAME/events: events of the newest log as good or bad, so that everybody can agree on what is meant."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, get_args

from fastapi import APIRouter
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from kakeibo.app.explaining import samples_of
from kakeibo.app.web.desk import Glance
from kakeibo.app.web.frame import page
from kakeibo.i18n import t
from kakeibo.letters.samples import Sample, Verdict, values_of, words_of
from kakeibo.model import Events

LINES: Final = 20_000
"""So many of the newest lines are looked at: somebody waits for the page."""
SHOWN: Final = 5
TONES: Final = {"good": "healthy", "bad": "exhausted", "unknown": "at_risk", "void": "filling", "not_valid": "no_data"}
MARKS: Final = {"good": "○", "bad": "×", "unknown": "?", "void": "–", "not_valid": "·"}
router = APIRouter()


@router.get("/journeys/{key}/events")
def show(request: Request, key: str) -> Response:
    def facts(glance: Glance) -> Mapping[str, object]:
        journey = glance.book.journeys.get(key)
        slos = journey.slos if journey else ()
        slo = next((one for one in slos if one.name == request.query_params.get("slo", one.name)), None)
        if slo is None or not isinstance(slo.measure, Events):
            raise HTTPException(404, t("there are no events of that name to look at"))
        found = samples_of(glance.book, glance.book.sources[slo.measure.source], slo.measure, LINES)
        return {
            "journey": journey,
            "slo": slo,
            "verdicts": [_verdict(verdict, found) for verdict in get_args(Verdict)],
            "tones": TONES,
            "marks": MARKS,
            "values_of": values_of,
        }

    return page(request, "events.html.jinja", facts)


def _verdict(verdict: Verdict, found: list[Sample]) -> tuple[Verdict, str, str, int, list[Sample]]:
    """A verdict, in words, why, how many events got it, and the commonest kinds of them."""
    alike = sorted((one for one in found if one.verdict == verdict), key=lambda one: -one.events)
    return verdict, *words_of(verdict), sum(one.events for one in alike), alike[:SHOWN]
