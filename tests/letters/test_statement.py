"""The household page, for people and for programs."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from importlib import resources
from pathlib import Path
from typing import Any

import jsonschema
import msgspec
import pytest
from rich.cells import cell_len

from kakeibo.budgets.forecast import Forecast
from kakeibo.budgets.report import Row
from kakeibo.budgets.statement import Account, Spending, Statement, spending
from kakeibo.i18n import LANGUAGES, speaking
from kakeibo.letters import outlook, report_json, statement_json, statement_markdown, statement_page, statement_text
from kakeibo.model import Count, Slip

DAY = 1440
OCTOBER = 29_846_340  # 2026-09-30T15:00:00Z: the first in Tokyo
SEPTEMBER, NOVEMBER = OCTOBER - 30 * DAY, OCTOBER + 31 * DAY
AT = OCTOBER + 20 * DAY
DOCUMENT = Path(__file__).parents[2] / "docs" / "contracts" / "statement.md"
SCHEMA: dict[str, Any] = json.loads(
    resources.files("kakeibo.letters").joinpath("statement.schema.json").read_text(encoding="utf-8")
)


def a_charge(number: int, kind: str, name: str, start: int, end: int) -> Slip:
    scope = ("play-video",)
    return Slip("charge", kind, "play-video", scope, start, end, "Support lead", "see the postmortem", AT, name, number)


CHARGES = [
    a_charge(3, "incident", "Database overload of Oct 1", OCTOBER + 540, OCTOBER + 720),
    a_charge(
        4,
        "release",
        "Player 2.0, and a name that is far too long to stand on one line",
        OCTOBER + DAY,
        OCTOBER + 2 * DAY,
    ),
]


def account(row: Row, *, empty: bool = False, forecast: Forecast | None = None) -> Account:
    present = Count() if empty else Count(998_240, 1_760, 203, 25)
    bad = {(OCTOBER + 540, OCTOBER + 720): 1_100, (OCTOBER + DAY, OCTOBER + 2 * DAY): 400}
    now = (OCTOBER, AT)
    return Account(
        slo=row.slo,
        journey=row.journey,
        team=row.team,
        source=row.source,
        measured_minutes=0 if empty else 20 * DAY - 90,
        present=spending(row.slo, now, present, CHARGES, {} if empty else bad),
        before=spending(row.slo, (SEPTEMBER, OCTOBER), Count() if empty else Count(1_379_500, 500), CHARGES, {}),
        before_measured=True,
        adjusted=row.adjusted,
        days=()
        if empty
        else ((OCTOBER, Count(48_900, 1_100)), (OCTOBER + DAY, Count(49_600, 400)), (AT - DAY, Count(9, 1))),
        forecast=forecast,
    )


@pytest.fixture
def october(month: Any) -> Statement:
    """A running month: one account that is overspent, one that lasts, one without events."""
    forecast = Forecast("ends", AT + DAY, AT + 2 * DAY, AT + 3 * DAY)
    accounts = (
        account(month.rows[0]),
        replace(account(month.rows[1], forecast=forecast), before_measured=False),
        account(month.rows[4], empty=True),
    )
    return Statement("2026-10", OCTOBER, NOVEMBER, AT, "Manabi", "Asia/Tokyo", accounts)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_golden(october: Statement, same_as_golden: Callable[[str, str], None], lang: str) -> None:
    with speaking(lang):
        same_as_golden(f"statement.{lang}.txt", statement_text.render(october, width=80, colour=False))
        same_as_golden(f"statement.{lang}.md", statement_markdown.render(october))


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("width", [45, 60, 80, 133])
def test_no_line_is_wider_than_the_terminal(october: Statement, lang: str, width: int) -> None:
    with speaking(lang):
        text = statement_text.render(october, width=width, colour=False)
    assert [line for line in text.splitlines() if cell_len(line) > width] == []
    assert [line for line in text.splitlines() if line != line.rstrip()] == []


def test_what_is_shown_adds_up(october: Statement) -> None:
    """Allowed less spent is left, as shown; and the categories are what was spent."""

    def number(text: str) -> Decimal:
        return Decimal(text.replace(",", ""))

    for one in october.accounts[:2]:
        shown = {item.label: item for item in statement_page.items(one)}
        for column in ("now", "before"):
            allowed, spent, left = (
                number(getattr(shown[label], column)) for label in ("Allowed failures", "Spent", "Left")
            )
            assert allowed - spent == left
            parts = [number(getattr(item, column)) for item in shown.values() if item.depth == 1]
            assert sum(parts) == spent


@pytest.mark.parametrize(
    ("earliest", "likely", "latest", "sentence"),
    [
        (0, 0, 0, "used up on Oct 21."),
        (0, 1, 2, "used up between Oct 21 and Oct 23."),
        (0, 1, None, "used up from Oct 21 on, unless it slows down."),
        (0, None, None, "At the worst speed of late the allowed failures are used up on Oct 21; otherwise they last."),
    ],
)
def test_the_forecast_in_words(earliest: int, likely: int | None, latest: int | None, sentence: str) -> None:
    ends = [None if days is None else AT + days * DAY for days in (earliest, likely, latest)]
    assert outlook.sentence(Forecast("ends", ends[0], ends[1], ends[2]), "Asia/Tokyo").endswith(sentence)


def test_what_is_overspent_so_far_is_not_said_to_end_later() -> None:
    ends = Forecast("ends", AT, AT + DAY, None)
    assert outlook.sentence(ends, "Asia/Tokyo", overspent=True).startswith("More than allowed so far; what the whole")
    assert "used up on Oct 22" in outlook.sentence(ends, "Asia/Tokyo", overspent=True)
    for outcome in (Forecast("lasts"), Forecast("ends", AT)):
        assert outlook.sentence(outcome, "Asia/Tokyo", overspent=True).endswith("by the end of the period.")


def test_without_a_forecast_it_says_why_or_nothing() -> None:
    few = Forecast("few_failures", failures=3, minutes=7 * DAY)
    assert outlook.sentence(few, "UTC") == "Too few failures for a forecast: 3 in 7 days."
    assert outlook.sentence(Forecast("lasts"), "UTC") == "At this speed the allowed failures last."
    assert outlook.sentence(Forecast("exhausted"), "UTC") == outlook.sentence(None, "UTC") == ""


def test_the_output_fits_the_schema(october: Statement) -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    document = json.loads(statement_json.to_json(october))
    jsonschema.validate(document, SCHEMA, cls=jsonschema.Draft202012Validator)
    document["slos"][0]["present"]["valid"] = 0.5
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(document, SCHEMA, cls=jsonschema.Draft202012Validator)


def test_the_document_field_by_field(october: Statement) -> None:
    document = json.loads(statement_json.to_json(october), parse_float=Decimal)
    first, second, silent = document["slos"]
    assert (document["month"], document["from"], document["at"]) == (
        "2026-10",
        "2026-09-30T15:00:00Z",
        "2026-10-20T15:00:00Z",
    )
    assert document["so_far"] is True
    assert (first["present"]["allowed"], first["present"]["left"]) == (1000, -760)
    assert first["present"]["categories"] == {
        "incident": 1_100,
        "release": 400,
        "dependency": 0,
        "maintenance": 0,
        "service_out": 0,
        "unexplained": 260,
    }
    assert [(charge["id"], charge["spent"]) for charge in first["present"]["charges"]] == [(3, 1_100), (4, 400)]
    assert first["days"][0] == {"day": "2026-10-01", "valid": 50_000, "bad": 1_100}
    assert [part["id"] for part in first["adjusted"]] == [7]
    assert first["forecast"] is None
    assert second["forecast"]["likely"] == "2026-10-22T15:00:00Z"
    assert (silent["present"]["sli"], silent["present"]["left_ratio"], silent["coverage"]) == (None, None, 0)


def test_what_is_left_keeps_every_digit(october: Statement) -> None:
    """0.05 x 1,000,001 allowed."""
    one = october.accounts[1]
    count = Count(1_000_000, 1)
    present = Spending(OCTOBER, AT, count, Fraction(1, 20) * count.valid, {**one.present.categories}, ())
    changed = replace(october, accounts=(replace(one, present=present),))
    line = json.loads(statement_json.to_json(changed), parse_float=Decimal)["slos"][0]["present"]
    assert (line["allowed"], line["left"]) == (Decimal("50000.05"), Decimal("49999.05"))


def documented(heading: str) -> list[str]:
    section = DOCUMENT.read_text(encoding="utf-8").split(f"## {heading}\n")[1].split("\n## ")[0]
    return re.findall(r"^\| `(\w+)`", section, re.MULTILINE)


@pytest.mark.parametrize(
    ("struct", "name", "heading"),
    [
        (statement_json.StatementDocument, None, "The document"),
        (statement_json.AccountLine, "account", "Each of `slos`"),
        (statement_json.SpendingLine, "spending", "`present` and `before`"),
        (statement_json.ChargeLine, "charge", "Each of `charges`"),
        (report_json.LeftOutLine, "adjustment", "Each of `adjusted`"),
        (statement_json.DayLine, "day", "Each of `days`"),
        (report_json.ForecastLine, "forecast", "`forecast`"),
    ],
)
def test_code_schema_and_documentation_name_the_same_fields(
    struct: type[msgspec.Struct], name: str | None, heading: str
) -> None:
    schema = SCHEMA["$defs"][name] if name else SCHEMA
    fields = [field.encode_name for field in msgspec.structs.fields(struct)]
    assert fields == list(schema["properties"]) == schema["required"] == documented(heading)


def test_the_documentation_says_what_the_schema_says() -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    parts = (SCHEMA, *SCHEMA["$defs"].values())
    described = [field["description"] for part in parts for field in part.get("properties", {}).values()]
    assert [sentence for sentence in described if sentence not in text] == []
