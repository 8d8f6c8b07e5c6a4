"""The dashboard has only what Grafana's published model has, and asks only for series that the rules record."""

from __future__ import annotations

import json
import re
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.exports.stories import book_of, slo_of
from tests.prometheus_server import promtool

from kakeibo.exports import grafana, prometheus
from kakeibo.i18n import LANGUAGES, speaking

# Grafana's published model: kinds/dashboard/dashboard_kind.cue, and the options of its panels.
DASHBOARD = {
    "uid", "title", "description", "tags", "timezone", "editable", "graphTooltip", "time", "refresh", "schemaVersion",
    "templating", "annotations", "links", "panels",
}  # fmt: skip
PANEL = {"id", "type", "title", "datasource", "gridPos", "targets", "fieldConfig", "options"}
DEFAULTS = {"unit", "noValue", "thresholds", "color", "custom"}


def dashboard(language: str = "en") -> Any:
    with speaking(language):
        return json.loads(grafana.export(book_of(slo_of())).files[grafana.FILE])


def test_only_fields_of_the_published_model() -> None:
    found = dashboard()
    assert set(found) == DASHBOARD
    assert 8 <= len(found["uid"]) <= 40
    for panel in found["panels"]:
        assert set(panel) == PANEL
        assert panel["type"] in {"stat", "timeseries"}
        assert set(panel["fieldConfig"]) == {"defaults", "overrides"}
        assert set(panel["fieldConfig"]["defaults"]) <= DEFAULTS
        assert [target["refId"] for target in panel["targets"]] == ["A", "B"][: len(panel["targets"])]


def test_panels_do_not_overlap_and_have_numbers_of_their_own() -> None:
    panels = dashboard()["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    cells = []
    for panel in panels:
        place = panel["gridPos"]
        assert place["x"] + place["w"] <= 24
        rows, columns = range(place["y"], place["y"] + place["h"]), range(place["x"], place["x"] + place["w"])
        cells.append({(x, y) for x in columns for y in rows})
    assert all(not one & other for one, other in combinations(cells, 2))


def test_every_query_is_promql_over_recorded_series(tmp_path: Path) -> None:
    rules = prometheus.export(book_of(slo_of())).files[prometheus.FILE]
    groups = yaml.safe_load(rules)["groups"]
    recorded = {rule["record"] for group in groups for rule in group["rules"] if "record" in rule}
    expressions = [target["expr"] for panel in dashboard()["panels"] for target in panel["targets"]]
    for name in re.findall(r"slo:\w+:\w+", " ".join(expressions)):
        assert name in recorded
    assert len(expressions) == 9
    records = [{"record": f"a{n}", "expr": expr.replace("$slo", "x/y")} for n, expr in enumerate(expressions)]
    (tmp_path / "queries.yaml").write_text(yaml.safe_dump({"groups": [{"name": "a", "rules": records}]}))
    promtool(tmp_path, "check", "rules", "--lint-fatal", "queries.yaml")


def test_variables_choose_the_server_and_the_objective() -> None:
    source, slo = dashboard()["templating"]["list"]
    assert (source["type"], source["query"]) == ("datasource", "prometheus")
    assert slo["definition"] == slo["query"]["query"] == "label_values(slo:kakeibo_target:ratio, slo)"
    assert {panel["datasource"]["uid"] for panel in dashboard()["panels"]} == {"${datasource}"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_titles_are_in_the_language_of_the_organisation(language: str) -> None:
    title = {"en": "Error budgets of Testers", "ja": "Testersのエラーバジェット"}[language]
    assert dashboard(language)["title"] == title
