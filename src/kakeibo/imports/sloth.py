"""Sloth (https://sloth.dev), prometheus/v1 -> a book. docs/formats.md says what becomes of every field."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Final

from kakeibo.alerts.windows import USUAL
from kakeibo.definitions import amounts
from kakeibo.definitions.shapes import written_like
from kakeibo.i18n import LANGUAGES, marked, t
from kakeibo.imports.documents import Document, Part
from kakeibo.imports.drafts import Draft, key_of, own_name
from kakeibo.imports.foreign import NUMBER, SWITCH, Anything, Many, Texts, Words, record
from kakeibo.imports.promql import over_window
from kakeibo.model import BurnRule, Journey, Queries, Service, Slo

FORMAT: Final = "sloth"
SUMMARY: Final = marked("Sloth, version prometheus/v1")

_VERSION: Final = "prometheus/v1"
_SOURCE: Final = "prometheus"
_WINDOW: Final = amounts.window("30d")
"""Sloth is given its window on the command line; this is its default."""

_NAME: Final = Words()
_ALERT: Final = record({}, {"disable": SWITCH, "labels": Texts(), "annotations": Texts()})
_ALERTING: Final = record(
    {}, {"name": _NAME, "labels": Texts(), "annotations": Texts(), "page_alert": _ALERT, "ticket_alert": _ALERT}
)
_EVENTS: Final = record({"error_query": _NAME, "total_query": _NAME})
_SLI: Final = record(
    {},
    {
        "raw": record({"error_ratio_query": _NAME}),
        "events": _EVENTS,
        "plugin": record({"id": _NAME}, {"options": Texts()}),
    },
    ("raw", "events", "plugin"),
)
_SLO: Final = record(
    {"name": _NAME, "objective": NUMBER, "sli": _SLI},
    {"description": _NAME, "labels": Texts(), "alerting": _ALERTING, "plugins": Anything()},
)
_SPEC: Final = record(
    {"version": _NAME, "service": _NAME, "slos": Many(_SLO)}, {"labels": Texts(), "slo_plugins": Anything()}
)


def read(documents: Sequence[Document], draft: Draft) -> None:
    """Fill the draft from Sloth's specs, one document a service."""
    for document in documents:
        version = document.text("version")
        if version != _VERSION:
            message = t("'{text}' is no version of Sloth that can be read", text=version[:40])
            document.error(("version",), message, written_like(f"version: {_VERSION}"))
        else:
            document.read(_SPEC, f"version: {_VERSION}")
    if draft.findings.errors:
        return
    for document in documents:
        _service(document.whole, draft)


def _service(spec: Part, draft: Draft) -> None:
    service = own_name(spec.get("service"))
    title = dict.fromkeys(LANGUAGES, spec.get("service")) if service != spec.get("service") else {}
    draft.services.setdefault(service, Service(service, title=title))
    spec.warn("slos", t("Sloth is given its window when it is called: {window} is taken", window=_WINDOW.text),
              t("write window: in the book if yours is another"))  # fmt: skip
    _say_left_out(spec, "labels", "slo_plugins")
    journey = Journey(service, title or dict.fromkeys(LANGUAGES, service), "cuj", service, _SOURCE, ())
    for slo in spec.parts("slos"):
        found = _slo(slo, service, draft)
        if found:
            _runbook(slo, service, draft)
            draft.add(journey, found, slo.document.place((*slo.keys, "name")))


def _slo(part: Part, service: str, draft: Draft) -> Slo | None:
    _say_left_out(part, "labels", "description", "plugins")
    objective: Fraction = part.get("objective")
    if not 0 < objective <= 100:
        message = t("an objective of Sloth is a percentage, above 0 and up to 100")
        part.error("objective", message, written_like("objective: 99.9"))
        return None
    measure = _measure(part.part("sli"))
    if objective == 100:
        message = t("a target of 100% leaves no budget: one bad event and it is missed for good")
        part.warn(
            "objective",
            t("{reason}: this SLO is left out", reason=message),
            t("write a target below 100%, such as 99.9%"),
        )
        return None
    if measure is None:
        return None
    draft.prometheus(_SOURCE, None, part.place)
    return Slo(
        f"{service}/{key_of(part.get('name'))}", measure, objective / 100, _WINDOW, alerts=_rules(part.part("alerting"))
    )


def _measure(sli: Part) -> Queries | None:
    """Two queries; what Sloth is given ready-made or computes by plugins is left out."""
    if sli.has("raw"):
        message = t("a ratio that is ready-made cannot be counted: this SLO is left out")
        sli.warn("raw", message, t("write the two queries that it is made of, error_query and total_query"))
        return None
    if sli.has("plugin"):
        message = t("kakeibo does not run plugins of Sloth: this SLO is left out")
        sli.warn("plugin", message, t("write the queries that the plugin makes, error_query and total_query"))
        return None
    events = sli.part("events")
    queries = {}
    for key in ("error_query", "total_query"):
        counted = over_window(events.get(key))
        if counted is None or "$window" not in counted:
            message = t("this query lacks the window that Sloth fills in")
            events.error(key, message, written_like("sum(rate(requests_total[{{.window}}]))"))
        else:
            queries[key] = counted
    return Queries(_SOURCE, queries["total_query"], bad=queries["error_query"]) if len(queries) == 2 else None


def _rules(alerting: Part) -> tuple[BurnRule, ...] | None:
    """Sloth's alerts are the usual four: two that page, two tickets."""
    _say_left_out(alerting, "labels", "name")
    off = {word for word in ("page", "ticket") if alerting.part(f"{word}_alert").get("disable")}
    for word in ("page", "ticket"):
        _say_left_out(alerting.part(f"{word}_alert"), "labels", "annotations")
    return tuple(rule for rule in USUAL if rule.severity not in off) if off else None


def _runbook(slo: Part, service: str, draft: Draft) -> None:
    """The runbook of a service is what the annotations of its alerts say."""
    annotations = slo.part("alerting").get("annotations", {})
    link = next((text for key, text in annotations.items() if key in ("runbook", "runbook_url")), None)
    present = draft.services[service]
    if link and present.runbook in (None, link):
        draft.services[service] = Service(service, present.team, link, present.title)
    others = [key for key, text in annotations.items() if text != draft.services[service].runbook]
    if others:
        message = t("a book has no place for {key}: left out is {names}", key="annotations", names=", ".join(others))
        slo.part("alerting").warn("annotations", message)


def _say_left_out(part: Part, *keys: str) -> None:
    for key in keys:
        value = part.get(key)
        if value:
            names = ", ".join(value) if isinstance(value, dict) else " ".join(str(value).split())
            part.warn(key, t("a book has no place for {key}: left out is {names}", key=key, names=names))
