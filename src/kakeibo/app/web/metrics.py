"""/metrics in the text format of Prometheus: the counters of docs/contracts/metrics.md, budgets, and our own health."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from kakeibo import __version__, ledger
from kakeibo.alerts import record
from kakeibo.app.deciding import SEVERITIES
from kakeibo.app.web.desk import Glance
from kakeibo.app.web.frame import desk_of
from kakeibo.budgets.report import Report
from kakeibo.ledger.touches import EVER
from kakeibo.letters.report_json import as_float
from kakeibo.model import Book, Composite, Count, Slo
from kakeibo.store import Store, leases, outbox, rounds

STEPS: Final = ("decided", "policies", "healthy")
"""Of the worker: `healthy` is a whole round in which all went well."""
MEDIA_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
Labels = Mapping[str, str]
router = APIRouter()


@dataclass(frozen=True, slots=True)
class Family:
    """Series of one name. A value of None is not known: it is left out, as 0 would be a lie."""

    name: str
    kind: str
    help: str
    samples: tuple[tuple[Labels, float | int | None], ...]


@router.get("/metrics")
def metrics(request: Request) -> Response:
    """Everything, as of now."""
    desk = desk_of(request)
    glance = desk.glance("now")
    families = [*_events(glance, desk.store), *_budgets(desk.report(glance)), *_health(desk.store)]
    return Response(written(families), media_type=MEDIA_TYPE)


def written(families: Iterable[Family]) -> str:
    """The exposition format: https://prometheus.io/docs/instrumenting/exposition_formats/"""
    return "".join(line + "\n" for family in families for line in _lines(family))


def _lines(family: Family) -> Iterator[str]:
    yield f"# HELP {family.name} {_escaped(family.help)}"
    yield f"# TYPE {family.name} {family.kind}"
    for labels, value in family.samples:
        if value is not None:
            inner = ",".join(f'{name}="{_quoted(text)}"' for name, text in labels.items())
            yield f"{family.name}{{{inner}}} {value}" if inner else f"{family.name} {value}"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("\n", "\\n")


def _quoted(text: str) -> str:
    return _escaped(text).replace('"', '\\"')


def _events(glance: Glance, store: Store) -> Iterator[Family]:
    """The totals since the first event. Adjustments do not lower them: a counter that falls looks like a restart."""
    ever = (EVER, -EVER)
    sums = ledger.sums(store, [ever])[ever]
    revoked = {slip.id for slip in ledger.slips(store, "adjustment") if slip.revoked}
    moved = [of for slip, of in ledger.moved(store).items() if slip not in revoked]

    def total(names: tuple[str, ...]) -> Count:
        found = sum((sums.get(name, Count()) for name in names), Count())
        backs = (of[name] for of in moved for name in names if name in of)
        return sum((Count(back.good, back.bad, -back.valid, back.unknown) for back in backs), found)

    counts = {name: total(names) for name, names in counted(glance.book)}
    columns = {
        "valid": "Valid events, good or bad.",
        "good": "Good events.",
        "bad": "Bad events, those that nobody could judge among them.",
        "void": "Events that are excluded.",
        "unknown": "The part of the bad events that nobody could judge.",
    }
    for column, text in columns.items():
        samples = tuple(({"slo": name}, int(getattr(count, column))) for name, count in counts.items())
        yield Family(f"kakeibo_events_{column}_total", "counter", text, samples)


def counted(book: Book) -> list[tuple[str, tuple[str, ...]]]:
    """(objective, the names that the ledger counts it under) of each that is counted; parts are objectives too."""
    slos = [one for journey in book.journeys.values() for slo in journey.slos for one in (slo, *slo.parts)]
    return [(slo.name, _names(slo)) for slo in slos if slo.accounts or not isinstance(slo.measure, Composite)]


def _names(slo: Slo) -> tuple[str, ...]:
    return tuple(account.name for account in slo.accounts) or (slo.name,)


def _budgets(report: Report) -> Iterator[Family]:
    rows = [({"slo": row.slo.name}, row) for row in report.rows]
    yield Family("kakeibo_target_ratio", "gauge", "The target, as a share.",
                 tuple((labels, as_float(row.slo.target)) for labels, row in rows))  # fmt: skip
    yield Family("kakeibo_sli_ratio", "gauge", "Share of good events in the objective's window.",
                 tuple((labels, as_float(row.sli)) for labels, row in rows))  # fmt: skip
    yield Family("kakeibo_budget_left_ratio", "gauge", "Share of the budget that is left; negative when overspent.",
                 tuple((labels, as_float(row.left_ratio)) for labels, row in rows))  # fmt: skip
    burns = tuple(
        ({**labels, "window": window}, as_float(burn)) for labels, row in rows for window, burn in row.burn.items()
    )
    yield Family("kakeibo_burn_rate_ratio", "gauge", "How many times as fast as it lasts the budget goes.", burns)
    last = tuple(
        ({"source": source.source}, None if source.last_minute is None else 60 * source.last_minute)
        for source in report.sources
    )
    yield Family("kakeibo_source_last_event_timestamp_seconds", "gauge", "The newest minute of a source.", last)


def _health(store: Store) -> Iterator[Family]:
    yield Family("kakeibo_build_info", "gauge", "The version that answers.", (({"version": __version__}, 1),))
    letters = outbox.tally(store)
    yield Family("kakeibo_outbox_letters", "gauge", "Letters by their state.",
                 tuple(({"state": state}, number) for state, number in letters.items()))  # fmt: skip
    with store.reading() as connection:
        done = rounds.all_reached(connection)
        standings = record.standings(connection)
    yield Family("kakeibo_worker_timestamp_seconds", "gauge", "The last minute for which the worker did a step.",
                 tuple(({"step": name}, 60 * done[name]) for name in STEPS if name in done))  # fmt: skip
    firing = Counter(alert.severity for alert, held in standings.items() if held.state != "quiet")
    yield Family("kakeibo_alerts_firing", "gauge", "Alerts that are not quiet.",
                 tuple(({"severity": severity}, firing[severity]) for severity in SEVERITIES))  # fmt: skip
    held = tuple(({"lease": name}, until) for name, until in leases.ends(store).items())
    yield Family("kakeibo_lease_until_timestamp_seconds", "gauge", "Until when a worker holds a task.", held)
