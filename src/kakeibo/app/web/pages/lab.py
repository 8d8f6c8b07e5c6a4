"""/lab and /lab/JOURNEY/SLO: other targets and thresholds on the recorded past, answered at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from kakeibo.app import noted
from kakeibo.app.lab import Bench, Outside, bench_of
from kakeibo.app.trying import history_of
from kakeibo.app.web import forms
from kakeibo.app.web.desk import Glance
from kakeibo.app.web.filters import Wanted
from kakeibo.app.web.forms import Form
from kakeibo.app.web.frame import Place, desk_of, glance_of, link, page, render
from kakeibo.i18n import marked, t
from kakeibo.letters import figures, lab, overview, trial_page
from kakeibo.letters.trial_latency import number
from kakeibo.model import Journey, Slo

PLACE = Place(80, "/lab", marked("Lab"))
ROWS: Final = 100
STATE: Final = ("target", "threshold", "enquiries", "churn", "incidents")
"""What was chosen: parts of the address."""
_KINDS: Final = {
    "enquiries": marked("Enquiries"),
    "churn": marked("Customers who left"),
    "incidents": marked("Past incidents"),
}
router = APIRouter()


@router.get("/lab")
def choose(request: Request) -> Response:
    def facts(glance: Glance) -> Mapping[str, object]:
        wanted = Wanted.of(request.query_params)
        rows = wanted.among(overview.worst_first(desk_of(request).report(glance)))
        return {"rows": rows[:ROWS], "found": len(rows), "wanted": wanted}

    return page(request, "labs.html.jinja", facts)


@router.get("/lab/{journey}/{name}")
def show(request: Request, journey: str, name: str) -> Response:
    def facts(glance: Glance) -> Mapping[str, object]:
        found, slo = slo_of(glance, journey, name)
        bench = bench_for(request, glance, found, slo)
        return _facts(request, found, slo, bench)

    return page(request, "lab.html.jinja", facts)


@router.get("/lab/{journey}/{name}/answer")
def answer(request: Request, journey: str, name: str) -> Response:
    """Only what changes with the candidate."""
    glance = glance_of(request)
    found, slo = slo_of(glance, journey, name)
    context = _answer(request, bench_for(request, glance, found, slo))
    return HTMLResponse(render(request, "lab_answer.html.jinja", context), headers={"cache-control": "no-store"})


@router.post("/lab/{journey}/{name}")
async def upload(request: Request, journey: str, name: str) -> Response:
    form = await forms.read(request)
    return await run_in_threadpool(_kept, request, form, journey, name)


def _kept(request: Request, form: Form, journey: str, name: str) -> Response:
    """Keeps an uploaded file, and goes on with it."""
    glance, kind = glance_of(request), form.text("kind")
    slo_of(glance, journey, name)
    chosen: dict[str, object] = {one: form.text(one) for one in STATE}
    upload = form.files.get("file")
    if upload is not None:
        zone, store = glance.book.organisation.timezone, desk_of(request).store
        chosen[kind] = noted.keep(store, kind, upload.name, upload.content, zone, form.text("column"))
    return RedirectResponse(link(request, f"/lab/{journey}/{name}", **chosen), 303)


def slo_of(glance: Glance, journey: str, name: str) -> tuple[Journey, Slo]:
    """An objective and its journey. Raises HTTPException 404."""
    found = glance.book.journeys.get(journey)
    slo = next((one for one in found.slos if one.name == f"{journey}/{name}"), None) if found else None
    if found is None or slo is None:
        raise HTTPException(404, t("there is no objective {name}", name=f"{journey}/{name}"))
    return found, slo


def bench_for(request: Request, glance: Glance, journey: Journey, slo: Slo) -> Bench:
    """The past of an objective: read once for all candidates, and all who try."""
    desk, chosen = desk_of(request), request.query_params
    outside = Outside(*(chosen.get(name, "") for name in ("enquiries", "churn", "incidents")))
    # Not the minute: as time goes by without new data, the past stays the same.
    key = (glance.edition[1:], slo.name, outside, history_of(glance.book, desk.store, slo, glance.at))
    return desk.benches.get(key, lambda: bench_of(glance.book, desk.store, journey, slo, glance.at, outside))


def _facts(request: Request, journey: Journey, slo: Slo, bench: Bench) -> Mapping[str, object]:
    store, chosen = desk_of(request).store, request.query_params
    reach = bench.reach
    return {
        **_answer(request, bench),
        "journey": journey,
        "slo": slo,
        "heading": trial_page.heading(bench.trial),
        "sections": [one for one in trial_page.sections(bench.trial) if one.key != "more"],
        "reach": {name: number(value) for name, value in reach.items()} if reach else None,
        "candidates": [figures.exact_percent(one.candidate.target).removesuffix("%") for one in bench.trial.tried],
        "files": {kind: (label, noted.name_of(store, kind, chosen.get(kind, ""))) for kind, label in _KINDS.items()},
        "state": {name: chosen[name] for name in STATE if chosen.get(name)},
    }


def _answer(request: Request, bench: Bench) -> Mapping[str, object]:
    chosen = request.query_params
    target = bench.target(chosen.get("target", "").strip())
    threshold = bench.threshold(chosen.get("threshold", "").strip())
    tried = bench.tried(target)
    words = list(lab.sentences(bench.trial, tried, bench.caught(target)))
    limit = bench.latency(threshold, target) if threshold is not None else None
    return {
        "trial": bench.trial,
        "target": figures.exact_percent(target).removesuffix("%"),
        "threshold": number(threshold) if threshold is not None else None,
        "words": words,
        "limit": lab.threshold_sentence(bench.trial, limit, figures.exact_percent(target)) if limit else None,
        "one": replace(bench.trial, tried=(tried,)),
        "alarms": bench.alarms(target),
    }
