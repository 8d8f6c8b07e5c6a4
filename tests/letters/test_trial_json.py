"""The contract of try --json: code, schema and documentation name the same fields, with the same words."""

from __future__ import annotations

import json
import re
from importlib import resources
from pathlib import Path
from typing import Any

import msgspec
import pytest

from kakeibo.letters import trial_json

DOCUMENT = Path(__file__).parents[2] / "docs" / "contracts" / "try.md"
SCHEMA: dict[str, Any] = json.loads(
    resources.files("kakeibo.letters").joinpath("trial.schema.json").read_text(encoding="utf-8")
)
PARTS = [
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


@pytest.mark.parametrize(("struct", "name", "heading"), PARTS)
def test_code_schema_and_documentation_name_the_same_fields(
    struct: type[msgspec.Struct], name: str | None, heading: str
) -> None:
    part = SCHEMA["$defs"][name] if name else SCHEMA
    section = DOCUMENT.read_text(encoding="utf-8").split(f"## {heading}\n")[1].split("\n## ")[0]
    documented = dict(re.findall(r"^\| `(\w+)` \|.*\| (.*) \|$", section, re.MULTILINE))
    fields = {field.encode_name for field in msgspec.structs.fields(struct)}
    assert fields == set(part["properties"]) == set(part["required"]) == set(documented)
    assert {key: value["description"] for key, value in part["properties"].items()} == documented


def test_the_version_is_that_of_the_schema() -> None:
    assert SCHEMA["properties"]["version"]["const"] == trial_json.VERSION
