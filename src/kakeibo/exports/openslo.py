"""OpenSLO v1: one file with every object. What OpenSLO has no field for stands in annotations, so that `kakeibo import
openslo` gives the same SLOs back."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from kakeibo.alerts.windows import short_minutes, threshold
from kakeibo.definitions.openslo import CALENDAR_START, DISPLAY_LENGTH, DURATIONS, OWN_TYPE, VERSION, annotation
from kakeibo.definitions.quantities import Number, decimal, length, share
from kakeibo.definitions.writing import combined, document, flow, probes, split
from kakeibo.errors import Problem
from kakeibo.exports import Exported, policies_unsaid
from kakeibo.i18n import LANGUAGES, marked, t
from kakeibo.model import (
    Book,
    BurnRule,
    Composite,
    Events,
    Journey,
    Measure,
    Queries,
    Service,
    Slo,
    Source,
    Team,
    Title,
)

FORMAT: Final = "openslo"
SUMMARY: Final = marked("OpenSLO v1: every objective with its source, service and alerts")
_FILE: Final = "openslo.yaml"
_EXACT: Final = 30
"""Decimals enough for every target that a book can have."""
Object = dict[str, Any]


def export(book: Book) -> Exported:
    """One file of many documents. Time judged by how many events it has has no form in OpenSLO: a warning."""
    warnings: list[Problem] = []
    names = _Names()
    objects = [*map(names.source, book.sources.values()), *map(names.team, book.teams.values())]
    objects += map(names.service, book.services.values())
    for journey in book.journeys.values():
        for slo in journey.slos:
            counted = slo.accounts[0].measure if slo.accounts else slo.measure
            if slo.method.kind == "counted_slices":
                message = t(
                    "OpenSLO v1 cannot judge time by how many events it has: {name} is not exported", name=slo.name
                )
                warnings.append(Problem(slo.name, 0, 0, message, t("kakeibo itself judges them"), "warning"))
            else:
                objects.append(_slo(book, journey, slo, counted, names))
    return Exported({_FILE: "---\n".join(map(document, objects))}, (*warnings, *policies_unsaid(book)))


# -- names ----------------------------------------------------------------------------------------------------------


class _Names:
    """Names as OpenSLO takes them (DNS labels), no two objects of a kind alike."""

    def __init__(self) -> None:
        self.known: dict[tuple[str, str], str] = {}

    def of(self, kind: str, name: str) -> str:
        """The same name for the same thing, each time."""
        if (kind, name) not in self.known:
            base = re.sub(r"[^a-z0-9]+", "-", name).strip("-")[: DISPLAY_LENGTH - 4].rstrip("-") or "x"
            taken = {label for (its, _), label in self.known.items() if its == kind}
            free = (base if not number else f"{base}-{number}" for number in range(len(taken) + 2))
            self.known[kind, name] = next(label for label in free if label not in taken)
        return self.known[kind, name]

    def source(self, source: Source) -> Object:
        """A data source; of a log, in the words of a book."""
        notes = {"name": source.name}
        if source.kind == "prometheus":
            spec = {"type": "Prometheus", "connectionDetails": dict(source.options)}
        else:
            own = {
                "type": source.kind,
                "path": list(source.paths),
                "timezone": source.timezone,
                "breakdown": list(source.breakdown) or None,
                "histogram": list(source.histogram) or None,
                "silent_after": length(source.silent_after) if source.silent_after else None,
            }
            details = {key: value for key, value in own.items() if value is not None}
            details["max_rejected"] = share(source.max_rejected)
            spec = {"type": OWN_TYPE, "connectionDetails": {**details, **source.options}}
        return _object("DataSource", self.of("DataSource", source.name), {}, notes, spec)

    def team(self, team: Team) -> Object:
        """Whom the alerts tell."""
        notes = {"team": team.key, "team-name": team.name, "chat": team.chat}
        name = self.of("AlertNotificationTarget", team.key)
        spec = {"target": "chat", "description": team.chat or team.name}
        return _object("AlertNotificationTarget", name, dict.fromkeys(LANGUAGES, team.name), notes, spec)

    def service(self, service: Service) -> Object:
        notes = {"name": service.key, "team": service.team, "runbook": service.runbook}
        if service.depends_on:
            notes["depends-on"] = flow(service.depends_on)
        return _object("Service", self.of("Service", service.key), service.title, notes, {})


def _object(kind: str, name: str, title: Title, notes: Mapping[str, str | None], spec: Object) -> Object:
    return {"apiVersion": VERSION, "kind": kind, "metadata": _metadata(name, title, notes), "spec": spec}


def _metadata(name: str, title: Title, notes: Mapping[str, str | None]) -> Object:
    """A title that is the same in every language and short is the displayName; others stand in annotations too."""
    texts = set(title.values())
    shown = next(iter(title.values()), "")
    alike = len(texts) == 1 and set(title) == set(LANGUAGES)
    whole = not title or (alike and len(shown) <= DISPLAY_LENGTH and shown == shown.strip())
    titles = {} if whole else {f"title-{language}": text for language, text in title.items()}
    written = {annotation(key): text for key, text in {**notes, **titles}.items() if text is not None}
    metadata: Object = {"name": name}
    if shown.strip():
        metadata["displayName"] = shown.strip()[:DISPLAY_LENGTH]
    return {**metadata, "annotations": written} if written else metadata


# -- SLOs -----------------------------------------------------------------------------------------------------------


def _slo(book: Book, journey: Journey, slo: Slo, measure: Measure, names: _Names) -> Object:
    name = names.of("SLO", slo.name)
    organisation = book.organisation
    notes = {
        "journey": journey.key,
        "sli": slo.name.partition("/")[2],
        "service": journey.service,
        "kind": "cmc" if journey.kind == "cmc" else None,
        "organisation": organisation.name or None,
        "timezone": organisation.timezone if organisation.timezone != "UTC" else None,
        "language": organisation.language if organisation.language != "en" else None,
        "heartbeat": organisation.heartbeat,
        "address": organisation.address,
        "stage": slo.stage if slo.stage != "provisional" else None,
        "minimum-bad": None if slo.minimum_bad is None else str(slo.minimum_bad),
        "alerts": "none" if slo.alerts == () else None,
        "owner": slo.owner,
        "source": journey.source or None if isinstance(measure, Composite) else None,
        **_beside(book, slo),
    }
    spec: Object = {
        "service": names.of("Service", journey.service or journey.key),
        "indicator": {"metadata": {"name": name}, "spec": {"ratioMetric": _ratio(book, measure, names)}},
        "timeWindow": [_window(slo)],
        "budgetingMethod": {"occurrences": "Occurrences", "slices": "Timeslices", "ratio_slices": "RatioTimeslices"}[
            slo.method.kind
        ],
        "objectives": [_objective(slo)],
    }
    if slo.alerts:
        spec["alertPolicies"] = [_policy(rule, f"{name[:50]}-{n}", slo, _told(book, journey, names))
                                 for n, rule in enumerate(slo.alerts, 1)]  # fmt: skip
    return _object("SLO", name, journey.title, notes, spec)


def _beside(book: Book, slo: Slo) -> dict[str, str]:
    """What OpenSLO has no form for, in the words of a book: what it is put together from, its parts, its probes."""
    written = {**combined(slo), "split": split(slo), "probes": probes(slo)}
    asked = [account.measure for account in slo.accounts[1:]]
    if any(one.valid.lists or one.good.lists for one in asked if isinstance(one, Events)):
        written["lists"] = {name: list(codes) for name, codes in book.lists.items()}
    return {key: flow(value) for key, value in written.items() if value is not None}


def _ratio(book: Book, measure: Measure, names: _Names) -> Object:
    if isinstance(measure, Composite):  # an SLO must have an indicator; the annotations say what it is made of
        made = {"metricSource": {"type": OWN_TYPE, "spec": {"made_of": [name for name, _ in measure.parts]}}}
        return {"counter": True, "good": made, "total": made}
    reference = {"metricSourceRef": names.of("DataSource", measure.source)}
    if isinstance(measure, Queries):
        queries = {"good": measure.good, "bad": measure.bad, "total": measure.valid}
        metrics = {key: {"query": query} for key, query in queries.items() if query is not None}
        kind = "Prometheus"
    else:
        good: Object = {"source": measure.source, "good": measure.good.text}
        total: Object = {"source": measure.source, "valid": measure.valid.text}
        if measure.void:
            total["void"] = measure.void.text
        # A code of no list has no answer, so that every list has a say in what each of them means.
        lists = {"lists": {name: list(codes) for name, codes in book.lists.items()}}
        if measure.good.lists:
            good |= lists
        if measure.valid.lists or (measure.void and measure.void.lists):
            total |= lists
        metrics, kind = {"good": good, "total": total}, OWN_TYPE
    asked = {key: {"metricSource": {**reference, "type": kind, "spec": spec}} for key, spec in metrics.items()}
    return {"counter": True, **asked}


def _window(slo: Slo) -> Object:
    window = slo.window
    if not window.calendar:
        return {"duration": window.text, "isRolling": True}
    calendar = {"startTime": CALENDAR_START, "timeZone": window.timezone}
    return {"duration": DURATIONS[window.calendar], "calendar": calendar, "isRolling": False}


def _objective(slo: Slo) -> Object:
    objective: Object = {"target": Number(decimal(slo.target, _EXACT))}
    if slo.method.slice_target is not None:
        objective["timeSliceTarget"] = Number(decimal(slo.method.slice_target, _EXACT))
    if slo.method.slice_minutes:
        objective["timeSliceWindow"] = length(slo.method.slice_minutes)
    return objective


def _told(book: Book, journey: Journey, names: _Names) -> str:
    team = book.team_of(journey)
    return names.of("AlertNotificationTarget", team.key if team else "nobody")


def _policy(rule: BurnRule, name: str, slo: Slo, target: str) -> Object:
    """A policy has one condition; its alertAfter is our short window, which is what OpenSLO has for that purpose."""
    rate = threshold(rule, slo.window.nominal_minutes)
    condition = {
        "kind": "burnrate",
        "op": "gt",
        "threshold": Number(decimal(rate)),
        "lookbackWindow": length(rule.minutes),
        "alertAfter": length(short_minutes(rule)),
    }
    inner = {
        "kind": "AlertCondition",
        "metadata": {"name": name, "annotations": {annotation("burn"): share(rule.share)}},
        "spec": {"severity": rule.severity, "condition": condition},
    }
    switches = {"alertWhenNoData": False, "alertWhenResolved": False, "alertWhenBreaching": True}
    spec = {**switches, "conditions": [inner], "notificationTargets": [{"targetRef": target}]}
    return {"kind": "AlertPolicy", "metadata": {"name": name}, "spec": spec}
