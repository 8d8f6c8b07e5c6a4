"""The contracts of where --json and try --json: code, schema and documentation name the same fields, with the same
words."""

from __future__ import annotations

import json
import re
from importlib import resources
from pathlib import Path
from typing import Any

import msgspec
import pytest

from kakeibo.letters import trial_json, where_json

DOCUMENTS = Path(__file__).parents[2] / "docs" / "contracts"
WHERE = [
    (where_json.WhereDocument, None, "The document"),
    (where_json.ColumnLine, "column", "Each of `columns`"),
    (where_json.PartLine, "part", "Each part"),
]
TRY = [
    (trial_json.TrialDocument, None, "The document"),
    (trial_json.CandidateLine, "candidate", "Each of `candidates`"),
    (trial_json.QuietLine, "quiet", "`quiet`"),
    (trial_json.TypicalLine, "typical", "`weekdays` and `weekends`"),
    (trial_json.ChurnLine, "churn", "`churn`"),
    (trial_json.ProposalLine, "proposal", "`proposal`"),
    (trial_json.BacktestLine, "backtest", "`backtest`"),
    (trial_json.RuleLine, "rule", "Each of `rules`"),
    (trial_json.VerdictLine, "verdict", "A verdict"),
    (trial_json.IncidentLine, "incident", "Each of `incidents`"),
    (trial_json.CrossCheckLine, "cross_check", "`cross_check`"),
    (trial_json.WeekLine, "week", "Each of `weeks`"),
    (trial_json.LatencyLine, "latency", "Each of `latencies`"),
    (trial_json.ThresholdLine, "threshold", "Each of `thresholds`"),
    (trial_json.PercentileLine, "percentile", "Each of `percentiles`"),
]
PARTS = [*(("where", "where.md", *part) for part in WHERE), *(("trial", "try.md", *part) for part in TRY)]


def schema(name: str) -> dict[str, Any]:
    text = resources.files("kakeibo.letters").joinpath(f"{name}.schema.json").read_text(encoding="utf-8")
    found: dict[str, Any] = json.loads(text)
    return found


@pytest.mark.parametrize(("contract", "page", "struct", "name", "heading"), PARTS)
def test_code_schema_and_documentation_name_the_same_fields(
    contract: str, page: str, struct: type[msgspec.Struct], name: str | None, heading: str
) -> None:
    whole = schema(contract)
    part = whole["$defs"][name] if name else whole
    section = (DOCUMENTS / page).read_text(encoding="utf-8").split(f"## {heading}\n")[1].split("\n## ")[0]
    documented = dict(re.findall(r"^\| `(\w+)` \|.*\| (.*) \|$", section, re.MULTILINE))
    fields = {field.encode_name for field in msgspec.structs.fields(struct)}
    assert fields == set(part["properties"]) == set(part["required"]) == set(documented)
    assert {key: value["description"] for key, value in part["properties"].items()} == documented


@pytest.mark.parametrize(("contract", "version"), [("where", where_json.VERSION), ("trial", trial_json.VERSION)])
def test_the_version_is_that_of_the_schema(contract: str, version: int) -> None:
    assert schema(contract)["properties"]["version"]["const"] == version
