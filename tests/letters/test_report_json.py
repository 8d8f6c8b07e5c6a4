"""The contract: output, schema, documentation and code name the same fields and mean the same."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from decimal import Decimal
from fractions import Fraction
from importlib import resources
from pathlib import Path
from typing import Any

import jsonschema
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kakeibo.budgets.report import Report, Row
from kakeibo.letters import report_json
from kakeibo.letters.report_json import exact_decimal, to_json

DOCUMENT = Path(__file__).parents[2] / "docs" / "contracts" / "report.md"
SCHEMA: dict[str, Any] = json.loads(
    resources.files("kakeibo.letters").joinpath("report.schema.json").read_text(encoding="utf-8")
)


def parsed(report: Report) -> dict[str, Any]:
    result: dict[str, Any] = json.loads(to_json(report), parse_float=Decimal)
    return result


def test_the_output_fits_the_schema(month: Report) -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    jsonschema.validate(json.loads(to_json(month)), SCHEMA, cls=jsonschema.Draft202012Validator)


def test_the_schema_refuses_what_is_not_the_contract(month: Report) -> None:
    wrong = json.loads(to_json(month))
    wrong["slos"][0]["valid"] = 1.5
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(wrong, SCHEMA, cls=jsonschema.Draft202012Validator)


def test_the_first_slo_field_by_field(month: Report) -> None:
    assert parsed(month)["version"] == 1
    assert parsed(month)["at"] == "2026-10-29T15:00:00Z"
    first = parsed(month)["slos"][0]
    shares = {name: float(first.pop(name)) for name in ("sli", "left_ratio", "coverage")}
    burn = {period: float(speed) for period, speed in first.pop("burn").items()}
    assert first.pop("adjusted") == [
        {
            "id": 7,
            "kind": "maintenance",
            "what": "play-video",
            "from": "2026-10-19T15:00:00Z",
            "to": "2026-10-19T18:00:00Z",
            "good": 198,
            "bad": 5,
            "unknown": 2,
            "author": "Operations lead",
            "reason": "new database version",
        }
    ]
    assert first.pop("forecast") == {"outlook": "no_data", "earliest": None, "likely": None, "latest": None}
    assert first == {
        "slo": "play-video/availability",
        "journey": "play-video",
        "kind": "cuj",
        "service": "learning",
        "team": "player",
        "target": Decimal("0.999"),
        "window": "28d",
        "from": "2026-10-01T15:00:00Z",
        "to": "2026-10-29T15:00:00Z",
        "valid": 1_400_000,
        "good": 1_398_240,
        "bad": 1_760,
        "void": 310,
        "unknown": 25,
        "method": "occurrences",
        "unit": "events",
        "sli_type": None,
        "allowed": 1400,
        "spent": 1_760,
        "state": "exhausted",
        "trustworthy": True,
        "redefined": None,
        "counted_since": None,
        "owner": None,
        "minimum_bad": 3,
        "composite": None,
        "made_of": [],
        "parts": [],
        "probes": None,
        "contributors": [],
        "promised": [],
    }
    assert shares == {"sli": 1_398_240 / 1_400_000, "left_ratio": -360 / 1400, "coverage": 1.0}
    assert burn == {"1h": 0.2, "6h": 0.4, "3d": 0.6}


def test_the_forecast_of_a_budget_that_ends(month: Report) -> None:
    assert parsed(month)["slos"][2]["forecast"] == {
        "outlook": "ends",
        "earliest": "2026-10-30T01:00:00Z",
        "likely": "2026-10-30T15:00:00Z",
        "latest": "2026-11-01T15:00:00Z",
    }


def test_what_was_not_measured_is_null(month: Report) -> None:
    silent = parsed(month)["slos"][-1]
    assert silent["sli"] is None
    assert silent["left_ratio"] is None
    assert silent["burn"] == {"1h": None, "6h": None, "3d": None}
    assert silent["valid"] == 0


def test_since_when_it_is_measured_so(month: Report) -> None:
    since = {line["slo"]: (line["redefined"], line["counted_since"]) for line in parsed(month)["slos"]}
    assert since["play-video/latency"] == ("2026-10-03T15:00:00Z", None)
    assert since["send-report/freshness"] == (None, "2026-10-25T15:00:00Z")


def test_sources_and_codes(month: Report) -> None:
    document = parsed(month)
    assert document["sources"][2] == {
        "source": "jobs",
        "lines": 20_000,
        "rejected": 640,
        "max_rejected": Decimal("0.01"),
        "trustworthy": False,
        "first": "2026-10-01T15:00:00Z",
        "last": "2026-10-29T14:59:00Z",
    }
    assert document["unknown_codes"] == [
        {"source": "web", "column": "error", "value": "QUOTA_EXCEEDED", "events": 1_234}
    ]


@given(valid=st.integers(1, 10**15), ten_thousandths=st.integers(1, 999_999))
def test_the_allowance_is_exact(row_of: Callable[..., Row], valid: int, ten_thousandths: int) -> None:
    target = Fraction(ten_thousandths, 1_000_000)
    row = row_of(target=str(target), days={0: (valid, 0)})
    line = json.loads(to_json(Report(row.to_minute, "", "UTC", (row,), (), ())), parse_float=Decimal)["slos"][0]
    assert Fraction(line["target"]) == target
    assert Fraction(line["allowed"]) == (1 - target) * valid


def test_a_number_without_end_is_refused() -> None:
    assert exact_decimal(Fraction(1, 8)) == Decimal("0.125")
    with pytest.raises(ValueError, match="1/3"):
        exact_decimal(Fraction(1, 3))


def fields(struct: type[msgspec.Struct]) -> list[str]:
    return [field.encode_name for field in msgspec.structs.fields(struct)]


def documented(heading: str) -> list[str]:
    section = DOCUMENT.read_text(encoding="utf-8").split(f"## {heading}\n")[1].split("\n## ")[0].split("\n`burn`")[0]
    return re.findall(r"^\| `(\w+)`", section, re.MULTILINE)


@pytest.mark.parametrize(
    ("struct", "schema", "heading"),
    [
        (report_json.ReportDocument, SCHEMA, "The document"),
        (report_json.SloLine, SCHEMA["$defs"]["slo"], "Each of `slos`"),
        (report_json.LeftOutLine, SCHEMA["$defs"]["adjustment"], "Each of `adjusted`"),
        (report_json.ForecastLine, SCHEMA["$defs"]["forecast"], "`forecast`"),
        (report_json.MadeOf, SCHEMA["$defs"]["made_of"], "Each of `made_of`"),
        (report_json.PartLine, SCHEMA["$defs"]["part"], "Each of `parts`"),
        (report_json.ProbesLine, SCHEMA["$defs"]["probes"], "`probes`"),
        (report_json.SourceLine, SCHEMA["$defs"]["source"], "Each of `sources`"),
        (report_json.UnknownCode, SCHEMA["$defs"]["unknown_code"], "Each of `unknown_codes`"),
        (report_json.PolicyLine, SCHEMA["$defs"]["policy"], "Each of `policies`"),
        (report_json.DueLine, SCHEMA["$defs"]["due"], "Each of `due`"),
    ],
)
def test_code_schema_and_documentation_name_the_same_fields(
    struct: type[msgspec.Struct], schema: dict[str, Any], heading: str
) -> None:
    assert fields(struct) == list(schema["properties"]) == schema["required"] == documented(heading)


def described(schema: dict[str, Any]) -> Iterable[str]:
    for part in (schema, *schema["$defs"].values()):
        for field in part.get("properties", {}).values():
            yield field["description"]


def test_the_documentation_says_what_the_schema_says() -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    assert [sentence for sentence in described(SCHEMA) if sentence not in text] == []
