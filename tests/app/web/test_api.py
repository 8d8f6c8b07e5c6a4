"""The API: the documents of the command line, page by page, described by OpenAPI."""

from __future__ import annotations

import json
from importlib import resources
from typing import Any

import jsonschema
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient
from tests.app.conftest import Site


@pytest.mark.parametrize("document", ["report", "statement"])
def test_documents_are_those_of_the_command_line(client: TestClient, told: Site, document: str) -> None:
    printed = told.run(document, "--at", "2026-10-01T21:00:00Z", "--json").out
    answer = client.get(f"/api/v1/{document}?at=2026-10-01T21:00:00Z")
    assert answer.json() == json.loads(printed)
    schema = client.get(f"/api/v1/schemas/{document}.json").json()
    assert schema == json.loads(resources.files("kakeibo.letters").joinpath(f"{document}.schema.json").read_text())
    jsonschema.validate(answer.json(), schema)


def test_pages_of_objectives_add_up_to_all_of_them(client: TestClient) -> None:
    every = {one["slo"]: one for one in client.get("/api/v1/report").json()["slos"]}
    address, seen = "/api/v1/slos?limit=1&lang=en", list[dict[str, Any]]()
    while address:
        answer = client.get(address).json()
        assert (answer["found"], len(answer["slos"])) == (3, 1)
        seen += answer["slos"]
        address = answer["next"]
    assert [one["slo"] for one in seen] == sorted(every)
    assert {one["slo"]: one for one in seen} == every
    assert client.get("/api/v1/slos/play-video/latency").json()["slo"] == every["play-video/latency"]
    assert [one["slo"] for one in client.get("/api/v1/slos?kind=cmc").json()["slos"]] == ["search/availability"]


def test_an_answer_that_is_known_is_not_sent_again(client: TestClient) -> None:
    for path in ("/api/v1/slos", "/api/v1/report", "/api/v1/statement", "/api/v1/alerts"):
        tag = client.get(path).headers["etag"]
        again = client.get(path, headers={"if-none-match": f'W/{tag}, "other"'})
        assert (again.status_code, again.content) == (304, b"")
        assert client.get(path, headers={"if-none-match": '"other"'}).status_code == 200


def test_problems_are_told_as_such(client: TestClient) -> None:
    for path, status in {
        "/api/v1/report?at=x": 400,
        "/api/v1/statement?month=x": 400,
        "/api/v1/slos?limit=0": 422,
        "/api/v1/slos/a/b": 404,
        "/api/v1/schemas/nothing.json": 404,
        "/api/v1/nothing": 404,
    }.items():
        answer = client.get(path)
        assert answer.headers["content-type"] == "application/problem+json"
        assert (answer.status_code, answer.json()["status"]) == (status, status), path
        assert answer.json()["title"]
    assert client.post("/api/v1/report").status_code == 405


def test_the_description_is_openapi_3_1_and_complete(client: TestClient) -> None:
    described = client.get("/api/v1/openapi.json").json()
    assert described["openapi"].startswith("3.1")
    assert sorted(described["paths"]) == [
        "/api/v1/advice",
        "/api/v1/alerts",
        "/api/v1/causes",
        "/api/v1/fleets",
        "/api/v1/fleets/{fleet}",
        "/api/v1/fleets/{fleet}/devices",
        "/api/v1/fleets/{fleet}/devices/{device}",
        "/api/v1/fleets/{fleet}/devices/{device}/{verb}",
        "/api/v1/fleets/{fleet}/messages",
        "/api/v1/incidents",
        "/api/v1/incidents/{number}",
        "/api/v1/incidents/{number}/timeline",
        "/api/v1/incoming/alertmanager",
        "/api/v1/incoming/pagerduty",
        "/api/v1/incoming/pagerduty/v2/enqueue",
        "/api/v1/journeys",
        "/api/v1/journeys/{key}",
        "/api/v1/journeys/{key}/decisions",
        "/api/v1/journeys/{key}/votes",
        "/api/v1/lab/{journey}/{name}",
        "/api/v1/postmortems",
        "/api/v1/postmortems/{name}",
        "/api/v1/releases",
        "/api/v1/report",
        "/api/v1/schemas/{name}.json",
        "/api/v1/slos",
        "/api/v1/slos/{journey}/{name}",
        "/api/v1/statement",
        "/api/v1/support/questions",
        "/api/v1/support/questions/{number}",
        "/api/v1/teams",
    ]
    assert all(one["summary"] for path in described["paths"].values() for one in path.values())


PATHS = st.sampled_from(
    ["/", "/journeys/play-video", "/statement", "/alerts", "/api/v1/slos", "/api/v1/report", "/api/v1/statement",
     "/api/v1/alerts", "/api/v1/slos/x/y", "/journeys/play-video/events"]
)  # fmt: skip
NAMES = st.sampled_from(
    ["at", "month", "team", "q", "page", "range", "from", "to", "limit", "after", "days", "lang", "slo", "kind"]
)
WORDS = st.one_of(
    st.text(max_size=30),
    st.integers(-(10**20), 10**20).map(str),
    st.dates().map(str),
    st.datetimes().map(lambda moment: moment.isoformat()),
    st.sampled_from(["9999-12", "0001-01", "latest", "now", "9999-12-31T23:59:59+14:00", "0001-01-01", "1d", "\x00"]),
)


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(PATHS, st.dictionaries(NAMES, WORDS, max_size=3))
def test_no_question_brings_the_server_down(client: TestClient, path: str, query: dict[str, str]) -> None:
    assert client.get(path, params=query).status_code in (200, 400, 404, 414, 422)
