"""Whatever the API's own description allows is answered in words: never by a fault of ours, whoever asks."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis.specs.openapi.schemas import OpenApiSchema
from starlette.types import ASGIApp
from tests.app.conftest import Site
from tests.app.web.conftest import BOOK, TOKEN, yaml

from kakeibo import clock
from kakeibo.access import tokens
from kakeibo.app.web.application import create
from kakeibo.app.web.desk import Desk
from kakeibo.store import open_store

READING = [
    "/slos", "/slos/{journey}/{name}", "/report", "/statement", "/alerts", "/teams", "/fleets", "/fleets/{fleet}",
    "/fleets/{fleet}/devices", "/fleets/{fleet}/devices/{device}", "/journeys", "/journeys/{key}",
    "/releases", "/support/questions", "/support/questions/{number}", "/lab/{journey}/{name}", "/schemas/{name}.json",
    "/incidents", "/incidents/{number}", "/incidents/{number}/timeline",
    "/postmortems", "/postmortems/{name}", "/causes", "/advice",
]  # fmt: skip
WRITING = [
    "/journeys/{key}/votes", "/journeys/{key}/decisions", "/releases", "/support/questions",
    "/incoming/alertmanager", "/incoming/pagerduty", "/incoming/pagerduty/v2/enqueue",
    "/incidents", "/incidents/{number}/timeline",
    "/fleets/{fleet}/devices/{device}/{verb}", "/fleets/{fleet}/messages",
]  # fmt: skip
EVERY = [(path, "GET") for path in READING] + [(path, "POST") for path in WRITING]


@schemathesis.serializer("application/x-ndjson")
def lines(_: object, value: object) -> bytes:
    return value if isinstance(value, bytes) else str(value).encode("utf-8", "replace")


@pytest.fixture
def signed_in(told: Site) -> Iterator[tuple[ASGIApp, dict[str, str]]]:
    """The application where people sign in, and the headers of a program that may do everything."""
    book = (BOOK % {"evil": yaml("Testers")}).replace("language: ja}", "language: ja, sign_in: {}}", 1)
    (told.folder / "kakeibo.yaml").write_text(book, encoding="utf-8")
    store = open_store(f"sqlite:///{told.folder}/kakeibo.db", patience=0.2)
    secret = tokens.create(store, "all", "owner", "sre", clock.second_of(clock.now()))
    yield (
        create(Desk(Path("kakeibo.yaml"), store, "latest"), token=TOKEN),
        {"host": "localhost", "authorization": f"Bearer {secret}"},
    )
    store.close()


def described(app: ASGIApp, headers: dict[str, str]) -> OpenApiSchema:
    return schemathesis.openapi.from_asgi("/api/v1/openapi.json", app, headers=headers)


def test_nothing_of_the_description_is_left_out(signed_in: tuple[ASGIApp, dict[str, str]]) -> None:
    schema = described(*signed_in)
    known = {(path, method.upper()) for path, methods in schema.raw_schema["paths"].items() for method in methods}
    assert known == {(f"/api/v1{path}", method) for path, method in EVERY}


@pytest.mark.parametrize(("path", "method"), EVERY)
def test_nothing_that_can_be_asked_breaks_it(signed_in: tuple[ASGIApp, dict[str, str]], path: str, method: str) -> None:
    app, headers = signed_in
    operation = described(app, headers)[f"/api/v1{path}"][method]
    # What other tools send carries a token of its own.
    shown = {**headers, "authorization": f"Bearer {TOKEN}"} if path.startswith("/incoming/") else headers
    statuses: set[int] = set()

    @settings(
        max_examples=12,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(data=st.data())
    def asked(data: st.DataObject) -> None:
        case = data.draw(operation.as_strategy())
        answered = case.call(headers=shown)
        assert answered.status_code < 500, (case.as_curl_command(), answered.text)
        statuses.add(answered.status_code)

    asked()
    assert not statuses & {401, 403}, "the token was not seen"
