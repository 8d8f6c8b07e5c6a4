"""The contract of where --json: code, schema and documentation name the same fields, with the same words."""

from __future__ import annotations

import json
import re
from importlib import resources
from pathlib import Path
from typing import Any

import msgspec
import pytest

from kakeibo.letters import where_json

DOCUMENT = Path(__file__).parents[2] / "docs" / "contracts" / "where.md"
SCHEMA: dict[str, Any] = json.loads(
    resources.files("kakeibo.letters").joinpath("where.schema.json").read_text(encoding="utf-8")
)
PARTS = [
    (where_json.WhereDocument, None, "The document"),
    (where_json.ColumnLine, "column", "Each of `columns`"),
    (where_json.PartLine, "part", "Each part"),
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
    assert SCHEMA["properties"]["version"]["const"] == where_json.VERSION
