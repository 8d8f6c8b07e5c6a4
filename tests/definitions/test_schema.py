"""The JSON Schema says what the reader says."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from kakeibo.definitions.schema import book_schema

HERE = Path(__file__).parent
OPTIONS: dict[str, dict[str, Any]] = {
    "nginx-json": {"fields": {"type": "object"}, "time": {"type": "string"}},
    "sidekiq": {"deadline": {"type": "string"}},
}
SCHEMA = book_schema(OPTIONS)
VALIDATOR = Draft202012Validator(SCHEMA)
EXAMPLE = (HERE / "example.yaml").read_text(encoding="utf-8")
GOLDEN = yaml.safe_load((HERE / "messages.yaml").read_text(encoding="utf-8"))
BEYOND = "condition;unknown team;unknown service;unknown source;timezone;blank text;key twice;no SLOs;window too long;"
BEYOND += "timezone of;method half;method written;slices that do not;alert on nothing;alert window;"
BEYOND += "window of nothing;key that is;merge;tag;comment for the rest;"
BEYOND += "bad of a log;unknown person;unknown to notify;rota named like;layer with;handover on"
BEYOND += ";short form of freshness;short form of throughput in;short form condition;short form with;limits twice;"
BEYOND += "limits and;source that does not tell;method counts over half;probes of a throughput"
BEYOND += ";fleet with a breaker;fleet with a charge;fleet with a battery;fleet that acts;fleet without its source"
BEYOND += ";fleet on a;fleet called;fleet split by"
BEYOND += ";policy of a team;policy with half;policy revisited"
BEYOND_SCHEMA = tuple(BEYOND.split(";"))


def test_it_is_a_schema_that_can_be_written_down() -> None:
    Draft202012Validator.check_schema(SCHEMA)
    assert json.loads(json.dumps(SCHEMA)) == SCHEMA


def test_the_example_fits() -> None:
    assert list(VALIDATOR.iter_errors(yaml.safe_load(EXAMPLE))) == []


def shape_mistakes() -> list[dict[str, Any]]:
    """The golden mistakes that of shape: references, conditions and the YAML itself are beyond a schema."""
    return [case for case in GOLDEN["mistakes"] if not case["name"].startswith(BEYOND_SCHEMA)]


@pytest.mark.parametrize("case", shape_mistakes(), ids=lambda case: str(case["name"]))
def test_what_the_reader_refuses_does_not_fit(case: dict[str, Any]) -> None:
    document = yaml.safe_load(EXAMPLE.replace(case["instead_of"], case["written"], 1))
    assert not VALIDATOR.is_valid(document)


@pytest.mark.parametrize("case", GOLDEN["oddities"], ids=lambda case: str(case["name"]))
def test_what_the_reader_only_warns_of_fits(case: dict[str, Any]) -> None:
    assert VALIDATOR.is_valid(yaml.safe_load(EXAMPLE.replace(case["instead_of"], case["written"], 1)))


def test_options_belong_to_their_kind() -> None:
    def fits(**source: object) -> bool:
        return VALIDATOR.is_valid({"sources": {"web": {"path": "log", **source}}})

    assert fits(type="sidekiq", deadline="1h")
    assert fits(type="nginx-json", path=["a", "b"], time="ts")
    assert not fits(type="nginx-json", deadline="1h")
    assert not fits(type="sidekiq", deadline=3600)
    assert not fits(type="csv")


def described(schema: dict[str, Any]) -> list[tuple[str, bool]]:
    """Every property below `schema`, and whether it says what it means."""
    found = []
    for name, part in schema.get("properties", {}).items():
        found += [(name, "description" in part), *described(part)]
    for part in (schema.get("additionalProperties"), schema.get("items"), *schema.get("anyOf", ())):
        found += described(part) if isinstance(part, dict) else []
    return found


def test_every_key_is_described() -> None:
    keys = described(SCHEMA)
    assert len(keys) > 25
    assert [name for name, is_described in keys if not is_described] == []


def test_a_server_has_an_address_in_place_of_a_path() -> None:
    schema = Draft202012Validator(book_schema({"prometheus": {"url": {"type": "string"}}, "csv": {}}, {"prometheus"}))

    def fits(**source: object) -> bool:
        return schema.is_valid({"sources": {"metrics": source}})

    assert fits(type="prometheus", url="http://localhost:9090")
    assert not fits(type="prometheus")
    assert fits(type="csv", path="log.csv")
    assert not fits(type="csv")


def test_options_of_channels_belong_to_their_kind() -> None:
    channels = {"log": {"file": {"type": "string"}}, "slack": {"token_env": {"type": "string", "pattern": "^[A-Z_]+$"}}}
    schema = Draft202012Validator(book_schema(OPTIONS, (), channels))

    def fits(**channel: object) -> bool:
        return schema.is_valid({"channels": {"here": channel}})

    assert fits(type="log", file="told.log")
    assert fits(type="slack", token_env="SLACK_TOKEN")
    assert not fits(type="slack", token_env="xoxb-1")
    assert not fits(type="slack", file="told.log")
    assert not fits(type="smoke")
    assert not fits(file="told.log")
