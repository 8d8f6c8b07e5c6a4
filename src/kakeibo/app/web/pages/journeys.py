"""/journeys and /journeys/NAME: one journey, everything that is known of it, and how it is measured."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fastapi import APIRouter
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from kakeibo import ledger
from kakeibo.alerts import record
from kakeibo.alerts.record import Flip
from kakeibo.app.breaking_down import breakdown_of
from kakeibo.app.web import charts, zoom
from kakeibo.app.web.charts import Step, Stretch, Timeline
from kakeibo.app.web.desk import Glance
from kakeibo.app.web.frame import Place, desk_of, page
from kakeibo.app.web.marks import TITLES, Mark, marks
from kakeibo.budgets.report import Row
from kakeibo.clock import MINUTES_PER_HOUR
from kakeibo.i18n import marked
from kakeibo.letters import overview, slips, where_page
from kakeibo.model import Book, Composite, Events, Queries, Severity, Slip
from kakeibo.store import Store

PLACE = Place(20, "/journeys", marked("Journeys"))
router = APIRouter()


@dataclass(frozen=True, slots=True)
class Account:
    """One objective of a journey over `stretch`. `alerts`: (from, to, severity) as they burnt; `slips`: what was left
    out of it; `marks`: what else happened, by kind; `where`: what its failures have in common, and its heading."""

    row: Row
    stretch: Stretch
    steps: tuple[Step, ...]
    picture: Timeline | None
    alerts: tuple[tuple[int, int, Severity], ...]
    slips: tuple[Slip, ...]
    marks: Mapping[str, Sequence[Mark]]
    where: tuple[str, Sequence[str]] | None

    def place(self, minute: int) -> str:
        return charts.place_text(minute, self.stretch)

    def band(self, start: int, end: int) -> tuple[str, str]:
        return charts.band((start, end), self.stretch)


@router.get("/journeys")
def catalogue(request: Request) -> Response:
    def facts(glance: Glance) -> Mapping[str, object]:
        rows: dict[str, list[Row]] = {}
        for row in overview.worst_first(desk_of(request).report(glance)):
            rows.setdefault(row.journey.key, []).append(row)
        return {"rows": rows, "journeys": [found[0].journey for found in rows.values()]}

    return page(request, "journeys.html.jinja", facts)


@router.get("/journeys/{key}")
def show(request: Request, key: str) -> Response:
    def facts(glance: Glance) -> Mapping[str, object]:
        if key not in glance.book.journeys:
            raise HTTPException(404)
        return _facts(request, glance, key)

    return page(request, "journey.html.jinja", facts)


def _facts(request: Request, glance: Glance, key: str) -> Mapping[str, object]:
    chosen, zone = request.query_params, glance.book.organisation.timezone
    asked = zoom.asked(chosen.get("range", ""), chosen.get("from", ""), chosen.get("to", ""), glance.at, zone)
    report = desk_of(request).report(glance)
    rows = [row for row in report.rows if row.journey.key == key]
    steps = zoom.steps(glance.book, desk_of(request).store, rows, asked)
    accounts = [_account(request, glance, row, asked, steps[row.slo.name]) for row in rows]
    journey = glance.book.journeys[key]
    return {
        "journey": journey,
        "mark_titles": TITLES,
        "slip_letters": slips,
        "accounts": accounts,
        "asked": asked,
        "ranges": zoom.RANGES,
        "charts": charts,
        "source": glance.book.sources.get(journey.source),
        "service": glance.book.services.get(journey.service or ""),
        "team": glance.book.team_of(journey),
        "is_composite": lambda slo: isinstance(slo.measure, Composite),
        "is_queries": lambda slo: isinstance(slo.measure, Queries),
    }


def _account(request: Request, glance: Glance, row: Row, asked: Stretch | None, steps: Sequence[Step]) -> Account:
    store = desk_of(request).store
    stretch = asked or (row.from_minute, row.to_minute)
    zone, target = glance.book.organisation.timezone, row.slo.target
    flips = record.flips(store, since=stretch[0] - zoom.BEFORE, subjects={row.slo.name})
    alerts, left_out = tuple(_burnt(flips, stretch)), tuple(_left_out(store, row, stretch))
    beside = _marks(glance.book, store, row, stretch)
    lanes = charts.LANES + charts.CHARGES if "charge" in beside else charts.LANES if alerts or left_out else 0
    drawable = target < 1 and any(count.valid for _, _, count in steps)
    return Account(
        row=row,
        stretch=stretch,
        steps=tuple(steps),
        picture=charts.timeline(steps, target, stretch, zone, lanes=lanes) if drawable else None,
        alerts=alerts,
        slips=left_out,
        marks=beside,
        where=_where(glance.book, store, row, stretch),
    )


def _marks(book: Book, store: Store, row: Row, stretch: Stretch) -> dict[str, list[Mark]]:
    """What happened to the journey, as far as it is about this objective."""
    found = marks(book, store, row.journey, stretch)
    mine = {kind: [one for one in each if one.slo in (None, row.slo.name)] for kind, each in found.items()}
    return {kind: each for kind, each in mine.items() if each}


def _where(book: Book, store: Store, row: Row, stretch: Stretch) -> tuple[str, Sequence[str]] | None:
    """What the failures of `stretch`, widened to whole hours, have in common, and a heading that says as much; None
    where that is not kept, and where nothing failed."""
    measure = row.slo.measure
    if not isinstance(measure, Events) or not book.sources[measure.source].breakdown:
        return None
    start, end = stretch
    hours = start // MINUTES_PER_HOUR * MINUTES_PER_HOUR, -(-end // MINUTES_PER_HOUR) * MINUTES_PER_HOUR
    found = breakdown_of(book, store, row.journey, row.slo, hours)
    if not found.counted.bad:
        return None
    _, sentences = where_page.heading(found)
    return where_page.in_short(found), sentences


def _left_out(store: Store, row: Row, stretch: Stretch) -> list[Slip]:
    """The adjustments of an objective that touch `stretch`."""
    return [
        slip
        for slip in ledger.slips(store, "adjustment")
        if slip.covers(row.slo.name) and slip.from_minute < stretch[1] and slip.to_minute > stretch[0]
    ]


def _burnt(flips: list[Flip], stretch: Stretch) -> list[tuple[int, int, Severity]]:
    """From when to when alerts burnt within `stretch`; what burns still, to its end."""
    begun: dict[Severity, int] = {}
    found: list[tuple[int, int, Severity]] = []
    for flip in flips:
        severity = flip.alert.severity
        if flip.after == "firing":
            begun.setdefault(severity, flip.at)
        elif severity in begun:
            found.append((begun.pop(severity), flip.at, severity))
    found += [(start, stretch[1], severity) for severity, start in begun.items()]
    return sorted((start, end, severity) for start, end, severity in found if start < stretch[1] and end > stretch[0])
