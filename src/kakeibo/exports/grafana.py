"""Grafana: one dashboard for all objectives, drawn from the series that the Prometheus rules record.

The classic JSON model, which every Grafana from 8 on imports; a newer one lifts its schema version by itself.
"""

from __future__ import annotations

import json
from typing import Any, Final

from kakeibo.budgets.arithmetic import AT_RISK_BELOW
from kakeibo.exports import Exported, prometheus
from kakeibo.i18n import marked, t
from kakeibo.model import Book

FORMAT: Final = "grafana"
SUMMARY: Final = marked("a dashboard for Grafana, on top of the rules for Prometheus")
FILE: Final = "kakeibo.dashboard.json"
SCHEMA_VERSION: Final = 42
"""Grafana 12's (apps/dashboard/pkg/migration/schemaversion)."""

Json = dict[str, Any]
Place = tuple[int, int, int, int]
"""x, y, width and height on a grid of 24 columns."""

Queries = list[tuple[str, str]]
"""Expressions with their legends."""

_SOURCE: Final = {"type": "prometheus", "uid": "${datasource}"}
_THIS: Final = '{slo="$slo"}'
_PLAIN: Final[list[Json]] = [{"value": None, "color": "text"}]
_STEPS_OF_BUDGET: Final[list[Json]] = [
    {"value": None, "color": "red"},
    {"value": 0, "color": "orange"},
    {"value": float(AT_RISK_BELOW), "color": "green"},
]
"""Spent, at risk, healthy: as in the report."""


def export(book: Book) -> Exported:
    """The dashboard, in the language in use. What Prometheus cannot record cannot be shown either."""
    text = json.dumps(_dashboard(book), ensure_ascii=False, indent=2)
    return Exported({FILE: text + "\n"}, prometheus.export(book).warnings)


def _dashboard(book: Book) -> Json:
    return {
        "uid": "kakeibo-budgets",
        "title": t("Error budgets of {name}", name=book.organisation.name) if book.organisation.name else "kakeibo",
        "description": t("Written by kakeibo export grafana. The series come from kakeibo export prometheus."),
        "tags": ["kakeibo", "slo"],
        "timezone": book.organisation.timezone,
        "editable": True,
        "graphTooltip": 1,
        "time": {"from": "now-7d", "to": "now"},
        "refresh": "1m",
        "schemaVersion": SCHEMA_VERSION,
        "templating": {"list": [_source_variable(), _slo_variable()]},
        "annotations": {"list": []},
        "links": [],
        "panels": _panels(),
    }


def _source_variable() -> Json:
    return {
        "name": "datasource",
        "label": "Prometheus",
        "type": "datasource",
        "query": "prometheus",
        "current": {},
        "hide": 0,
        "includeAll": False,
        "multi": False,
        "options": [],
        "refresh": 1,
        "regex": "",
        "skipUrlSync": False,
    }


def _slo_variable() -> Json:
    query = f"label_values({prometheus.TARGET}, slo)"
    return {
        "name": "slo",
        "label": t("Objective"),
        "type": "query",
        "datasource": _SOURCE,
        "definition": query,
        "query": {"qryType": 1, "query": query, "refId": "PrometheusVariableQueryEditor-VariableQuery"},
        "current": {},
        "hide": 0,
        "includeAll": False,
        "multi": False,
        "options": [],
        "refresh": 2,
        "regex": "",
        "skipUrlSync": False,
        "sort": 1,
    }


def _panels() -> list[Json]:
    left, reached = (f"{prometheus.LEFT}{_THIS}", "{{window}}"), (f"{prometheus.SLI}{_THIS}", "{{window}}")
    target = (f"{prometheus.TARGET}{_THIS}", t("Promised"))
    limit = f"{prometheus.THRESHOLD}{_THIS}"
    # Only the long windows have a limit, and only these are judged by themselves.
    burns = (f"{prometheus.BURN}{_THIS} and on (slo, window) {limit}", "{{window}}")
    limits = (limit, t("Alert above ({window})", window="{{window}}, {{severity}}"))
    shares = t("Share of good events, and what is promised")
    failures = (f"{prometheus.BAD}{_THIS}", t("Failures"))
    return [
        _stat(_panel(1, (0, 0, 8, 5), t("Budget left"), [left]), _STEPS_OF_BUDGET),
        _stat(_panel(2, (8, 0, 8, 5), t("Share of good events"), [reached]), _PLAIN),
        _stat(_panel(3, (16, 0, 8, 5), t("Promised"), [target]), _PLAIN),
        _lines(_panel(4, (0, 5, 12, 9), t("Budget left"), [left]), "percentunit"),
        _lines(_panel(5, (12, 5, 12, 9), shares, [reached, target]), "percentunit"),
        _lines(_panel(6, (0, 14, 12, 9), t("How many times too fast the budget goes"), [burns, limits]), "none"),
        _series(_panel(7, (12, 14, 12, 9), t("Failures per minute"), [failures]), "short", "bars"),
    ]


def _panel(number: int, place: Place, title: str, queries: Queries) -> Json:
    targets = [
        {"refId": letter, "datasource": _SOURCE, "expr": expr, "legendFormat": legend, "range": True}
        for letter, (expr, legend) in zip("AB", queries, strict=False)
    ]
    grid = dict(zip("xywh", place, strict=True))
    return {"id": number, "title": title, "datasource": _SOURCE, "gridPos": grid, "targets": targets}


def _stat(panel: Json, steps: list[Json]) -> Json:
    defaults = {
        "unit": "percentunit",
        "noValue": t("no data"),
        "thresholds": {"mode": "absolute", "steps": steps},
        "color": {"mode": "thresholds"},
    }
    return panel | {
        "type": "stat",
        "fieldConfig": {"defaults": defaults, "overrides": []},
        "options": {"reduceOptions": {"calcs": ["lastNotNull"], "fields": "", "values": False}, "colorMode": "value"},
    }


def _lines(panel: Json, unit: str) -> Json:
    """Lines; those of the second query are what the first is held against, and dashed."""
    shown = _series(panel, unit, "line")
    dashed = {"id": "custom.lineStyle", "value": {"fill": "dash", "dash": [8, 8]}}
    shown["fieldConfig"]["overrides"] = [{"matcher": {"id": "byFrameRefID", "options": "B"}, "properties": [dashed]}]
    return shown


def _series(panel: Json, unit: str, style: str) -> Json:
    # A gap is a gap: it is not joined up.
    custom = {"drawStyle": style, "fillOpacity": 60 if style == "bars" else 0, "spanNulls": False}
    return panel | {
        "type": "timeseries",
        "fieldConfig": {"defaults": {"unit": unit, "noValue": t("no data"), "custom": custom}, "overrides": []},
        "options": {
            "legend": {"displayMode": "list", "placement": "bottom", "showLegend": True, "calcs": []},
            "tooltip": {"mode": "multi", "sort": "desc"},
        },
    }
