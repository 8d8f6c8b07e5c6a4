"""Whatever the API's own description allows is answered in words: never by a fault of ours."""

from __future__ import annotations

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from starlette.types import ASGIApp


@pytest.mark.parametrize(
    "path",
    [
        "/slos",
        "/slos/{journey}/{name}",
        "/report",
        "/statement",
        "/alerts",
        "/incidents",
        "/postmortems",
        "/postmortems/{name}",
        "/causes",
    ],
)
def test_nothing_that_can_be_asked_breaks_it(app: ASGIApp, path: str) -> None:
    schema = schemathesis.openapi.from_asgi("/api/v1/openapi.json", app, headers={"host": "localhost"})
    operation = schema[f"/api/v1{path}"]["GET"]

    @settings(
        max_examples=15,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(data=st.data())
    def asked(data: st.DataObject) -> None:
        case = data.draw(operation.as_strategy())
        answered = case.call(headers={"host": "localhost"})
        assert answered.status_code < 500, (case.as_curl_command(), answered.text)

    asked()
