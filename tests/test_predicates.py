"""What is accepted as an expression, what is refused and where, and that its reference tells it all."""

from __future__ import annotations

import re
from pathlib import Path

import duckdb
import pytest

from kakeibo.errors import PredicateError
from kakeibo.predicates import parse

CODES = {"system_codes": ("A", "B"), "client_codes": ("C",)}
REFERENCE = Path(__file__).parents[1] / "docs" / "expressions.md"


def answer(text: str, **row: float | str | bool | None) -> bool | None:
    """What DuckDB says of an event, the way the engine asks it."""
    predicate = parse(text, CODES)
    kinds = {"number": "DOUBLE", "text": "VARCHAR", "boolean": "BOOLEAN", None: "VARCHAR"}
    columns = [f'${c}::{kinds[use.type]} AS "{c}"' for c, use in predicate.columns.items()]
    query = f"SELECT {predicate.sql} FROM (SELECT {', '.join(columns) or '1'})"
    found: bool | None = duckdb.execute(query, {c: row[c] for c in predicate.columns} or None).fetchall()[0][0]
    return found


@pytest.mark.parametrize(
    ("text", "column", "value", "expected"),
    [
        ("a / 0 > 1", "a", 5.0, None),
        ("a % 0 = 0", "a", 5.0, None),
        ("a / -0.0 < 1", "a", 5.0, None),
        ("1000000 * 1000000 * 1000000 * 1000000 > a", "a", 5.0, True),
        ("5 / 2 = a", "a", 2.5, True),
        ("a <= 0.1234567890123456789", "a", 0.12345678901234568, True),
        ("a = 0.1 + 0.2", "a", 0.30000000000000004, True),
        ("cast(a as double) < 5", "a", "abc", None),
        ("a::double < 5", "a", " 4 ", True),
        ("coalesce(a, null) < 5", "a", 4.0, True),
        ("case when a then true end", "a", None, None),
        ("a in system_codes", "a", "A", True),
        ("a in system_codes", "a", "C", False),
        ("a in system_codes", "a", "?", None),
        ("a in system_codes", "a", "-", False),
        ("a in system_codes", "a", "", False),
        ("a in system_codes", "a", None, False),
        ("a not in system_codes", "a", "?", None),
        ("(a in system_codes) is null", "a", "?", True),
        ("a like '100!%' escape '!'", "a", "100%", True),
        ("a like '%!!' escape '!'", "a", "x!", True),
        ("regexp_matches(a, '^b', 'i')", "a", "Bc", True),
        ("regexp_matches(a, 'a.b')", "a", "a\nb", False),
        ("regexp_matches(a, 'a.b', 's')", "a", "a\nb", True),
        ("a like 'a%b'", "a", "a\nb", True),
        ("upper(a) = 'STRAẞE'", "a", "straße", True),
        ("trim(a) = 'x'", "a", "\u3000x ", True),
        ("length(a) = 2", "a", "か\u3099", True),
    ],
)
def test_meanings(text: str, column: str, value: float | str | bool | None, expected: bool | None) -> None:
    assert answer(text, **{column: value}) is expected


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("", 0),
        ("status", None),
        ("status < 500; drop table x", 12),
        ("status in (select 1)", 11),
        ("read_text('/etc/passwd') = ''", 0),
        ("status::int = 5", 0),
        ("cast(status as varchar) = '5'", 5),
        ("path ~ 'x'", 5),
        ("path similar to 'x'", 5),
        ("path glob 'x'", 5),
        ("regexp_matches(path, '(?=x)')", 21),
        ("regexp_matches(path, '(')", 21),
        ("regexp_matches(path, 'x', 'q')", 21),
        ("regexp_matches(path, other)", 21),
        ("path like 'x!' escape '!'", 10),
        ("path like 'x' escape '!!'", 21),
        ("path like other escape '!'", 10),
        ("status < 1e999", 9),
        ("time > 5", 0),
        ("a.b = 1", 0),
        ("null", 0),
        ("5", 0),
        ("'x'", 0),
        ("status < 'x' and status > 5", None),
        ("status < 5 and status = 'x'", 24),
        ("lower(status) = 5", None),
        ("error in nowhere", 9),
        ("status in ()", None),
        ("status <", None),
        ("status = 5 5", None),
        ("now() > 5", 0),
        ("random() < 0.5", 0),
        ("a = b -- and\n c", None),
        ("a is true and a < 5", 18),
        ("case a when 1 then true end", None),
        ("coalesce(a, 5) = 'x'", None),
    ],
)
def test_refusals(text: str, at: int | None) -> None:
    if text == "status":  # a column by itself is a condition: true/false
        assert answer(text, status=True) is True
        return
    with pytest.raises(PredicateError) as caught:
        parse(text, CODES)
    assert caught.value.message
    assert 0 <= caught.value.offset <= len(text)
    if at is not None:
        assert caught.value.offset == at


@pytest.mark.parametrize(
    "text",
    [
        "(" * 3000 + "a = 1" + ")" * 3000,
        "not " * 3000 + "a = 1",
        "a" + " + 1" * 3000 + " < 5",
        "case when a = 1 then " * 300 + "true" + " end" * 300,
        "coalesce(" * 300 + "a" + ", true)" * 300,
        "(a = 1 and " * 500 + "a = 2" + " or a = 3)" * 500,
        "a = 1 or " * 3000 + "b = 2",
    ],
)
def test_nesting_is_bounded(text: str) -> None:
    """And told at once: looked at in the plain way, some of these would take years."""
    with pytest.raises(PredicateError, match=r"nested too deeply|longer than"):
        parse(text, {})


def test_long_flat_chains_are_fine() -> None:
    text = " or ".join(f"a = {n}" for n in range(1500))
    assert answer(text, a=1499.0) is True
    assert len(parse(text, {}).atoms) == 1500
    nested = "case when a = 1 then " * 20 + "true" + " end" * 20
    assert answer(nested, a=1.0) is True


def test_the_reference_names_every_function() -> None:
    with pytest.raises(PredicateError) as caught:
        parse("sqrt(a) = 2", {})
    allowed = caught.value.mend.split(": ", 1)[1]
    reference = REFERENCE.read_text("utf-8")
    for word in re.findall(r"[a-z_]+", allowed):
        assert word in reference


def test_the_examples_of_the_reference_are_accepted() -> None:
    (block,) = re.findall(r"```sql\n(.*?)```", REFERENCE.read_text("utf-8"), re.DOTALL)
    for text in block.strip().splitlines():
        assert parse(text, CODES).columns
