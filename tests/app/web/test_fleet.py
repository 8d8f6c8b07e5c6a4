"""/fleet and /api/v1/fleets: what the shell says, page by page; what people enter; in a real browser."""

from __future__ import annotations

import html
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from axe_playwright_python.sync_playwright import Axe
from click.testing import CliRunner
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from playwright.sync_api import Page, sync_playwright
from starlette.testclient import TestClient
from starlette.types import ASGIApp
from tests.app.web.conftest import EVIL, listening

from kakeibo import i18n
from kakeibo.access import tokens
from kakeibo.app.cli.main import cli
from kakeibo.app.web.application import create
from kakeibo.app.web.desk import Desk
from kakeibo.store import audit, open_store

TEN = 1_791_194_400
BOOK = """
organisation: {name: Norimono, timezone: Asia/Tokyo, language: ja}
teams: {operations: {name: Fleet operations}}
services: {sharing: {team: operations}}
sources: {telemetry: {type: ndjson, path: "messages/*.ndjson"}, other: {type: ndjson, path: "other/*.ndjson"}}
channels: {vehicles: {type: log}}
fleets:
  scooters:
    title: {en: Scooters can be hired, ja: スクーターを借りられる}
    service: sharing
    source: telemetry
    devices: devices.csv
    unknown_devices: refuse
    heartbeat: {silent_after: 15m, back_after: {messages: 2, within: 10m}}
    errors: {E42: {more_than: 1, within: 10m, back_after: 1h}}
    battery: {out_below: 5%, back_above: 15%}
    stage: propose
    act: {channel: vehicles}
    slos: {in_service: {target: 95%, window: 1d, alerts: none}}
  vans:
    title: Vans
    service: sharing
    source: other
    heartbeat: {silent_after: 15m}
    slos: {in_service: {target: 95%, window: 1d, alerts: none}}
"""
REGIONS = ("tokyo", "osaka")
ODD = "b/" + EVIL[:40]


def messages() -> Iterator[dict[str, Any]]:
    """An hour of 150 scooters: one silent from 10:00 on, one low, one with errors, one on a trip, one unknown."""
    for minute in range(0, 60, 2):
        for number in range(150):
            if number == 3 and minute > 0:
                continue
            one: dict[str, Any] = {"device": f"sc-{number:03}", "received": TEN + minute * 60, "sequence": minute}
            one |= {"battery": 3 if number == 4 and minute > 20 else 80, "on_trip": number == 5}
            if number == 6 and minute in (30, 32):
                one["errors"] = ["E42"]
            yield one
        yield {"device": ODD, "received": TEN + minute * 60, "disabled": True}
    yield {"device": "ghost" + EVIL, "received": TEN + 3500}


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    """The shell speaks the book's language from its first command on: not in the tests after these."""
    yield
    i18n.use("en")


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    monkeypatch.chdir(tmp_path)
    Path("kakeibo.yaml").write_text(BOOK, encoding="utf-8")
    Path("messages").mkdir()
    Path("messages/a.ndjson").write_text("".join(json.dumps(one) + "\n" for one in messages()), encoding="utf-8")
    listed = [f"sc-{number:03},{REGIONS[number % 2]},S{number % 3},1.{number % 4}" for number in range(150)]
    quoted = '"' + ODD.replace('"', '""') + '"'
    Path("devices.csv").write_text(
        "\n".join(["device,region,model,firmware", *listed, f"{quoted},,,"]), encoding="utf-8"
    )
    assert CliRunner().invoke(cli, ["ingest"], catch_exceptions=False).exit_code in (0, 1)  # vans say nothing yet
    store = open_store(f"sqlite:///{tmp_path}/kakeibo.db", patience=0.2)
    yield Desk(Path("kakeibo.yaml"), store, "latest")
    store.close()


@pytest.fixture
def app(desk: Desk) -> ASGIApp:
    return create(desk)


@pytest.fixture
def client(app: ASGIApp) -> Iterator[TestClient]:
    with TestClient(app, base_url="http://localhost", raise_server_exceptions=False) as client:
        yield client


def shell(*words: str) -> Any:
    result = CliRunner().invoke(cli, [*words, "--json"], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return json.loads(result.output)


def page(client: TestClient, path: str) -> str:
    answer = client.get(path, headers={"accept-language": "en"})
    assert answer.status_code == 200, answer.text
    return answer.text


def test_the_page_says_what_the_shell_says(client: TestClient) -> None:
    text = page(client, "/fleet")
    [found, vans] = shell("fleet", "status")["fleets"]
    assert f"{found['counts']['in_service']} of {found['devices']} devices are in service." in text
    assert {one["device"] for one in found["shown"]} == {"sc-003", "sc-004", "sc-006", ODD}
    japanese = client.get("/fleet", headers={"accept-language": "ja"}).text  # as the shell speaks by this book
    assert all(html.escape(one["words"], quote=False) in japanese for one in found["shown"])
    assert ">sc-003</a>" in text
    assert "<script>alert(1)" not in text
    assert "&lt;script&gt;" in text, "a refused device is named, as text"
    assert vans["at"] is None
    assert "No message was received yet." in page(client, "/fleet?fleet=vans")


def test_one_vehicle_in_plain_words(client: TestClient) -> None:
    text = page(client, "/fleet/sc-003")
    assert "sc-003 is out since 2026-10-05 19:15:00: no message since 2026-10-05 19:00:00." in text
    assert "It comes back after 2 messages within 10 minutes." in text
    assert "out of service: no message since" in text
    assert "sc-005 is on a trip." in page(client, "/fleet/sc-005")
    assert "is in service; it was last heard of at" in page(client, "/fleet/sc-000")
    assert "It comes back when its battery is at 15 % or more." in page(client, "/fleet/sc-004")
    assert "It comes back when E42 has not come for 1 hour." in page(client, "/fleet/sc-006")
    assert client.get("/fleet/nobody").status_code == 404
    assert client.get(f"/fleet/{ODD.replace('?', '%3F')}").status_code == 200


def listed(client: TestClient, query: str) -> list[str]:
    text = page(client, f"/fleet?{query}")
    table = text.partition('<div id="rows"')[2].partition("</div>")[0]
    return [part.partition(">")[2].partition("<")[0] for part in table.split('<a href="/fleet/')[1:]]


def test_filters_and_pages(client: TestClient) -> None:
    assert listed(client, "state=any&q=sc-01") == [f"sc-01{n}" for n in range(10)]
    assert listed(client, "state=on_trip") == ["sc-005"]
    assert listed(client, "state=battery") == ["sc-004"]
    assert listed(client, "state=any&region=osaka&model=S0&firmware=1.1&q=00") == ["sc-009"]
    first = listed(client, "state=in_service")
    assert len(first) == 100
    text = page(client, "/fleet?state=in_service")
    onward = text.partition('rel="next" href="')[2].partition('"')[0].replace("&amp;", "&")
    second = listed(client, onward.partition("?")[2])
    assert (
        len(set(first) | set(second))
        == len(first) + len(second)
        == shell("fleet", "status")["fleets"][0]["counts"]["in_service"]
    )
    assert listed(client, "state=any&q=%25") == [], "a sign of the search language is a letter"
    assert client.get("/fleet?state=nonsense").status_code == 400
    assert client.get("/fleet?fleet=nonsense").status_code == 400


def test_the_api_pages_through_all_devices_and_is_not_sent_twice(client: TestClient) -> None:
    [told, _] = client.get("/api/v1/fleets").json()["fleets"]
    assert client.get("/api/v1/fleets/scooters").json()["fleet"] == told
    seen: list[dict[str, Any]] = []
    address: str | None = "/api/v1/fleets/scooters/devices?limit=40"
    while address:
        found = client.get(address).json()
        seen += found["devices"]
        address = found["next"]
    assert [one["device"] for one in seen] == [f"sc-{n:03}" for n in range(150)] + [ODD]
    [low] = [one for one in seen if one["device"] == "sc-004"]
    assert (low["state"], low["reason"], low["region"], low["firmware"]) == ("out", "battery", "tokyo", "1.0")
    answer = client.get("/api/v1/fleets/scooters/devices/sc-004")
    assert answer.json()["changes"] == shell("fleet", "history", "sc-004")["changes"]
    assert (
        client.get(
            "/api/v1/fleets/scooters/devices/sc-004", headers={"if-none-match": answer.headers["etag"]}
        ).status_code
        == 304
    )
    for path in (
        "/api/v1/fleets/nobody",
        "/api/v1/fleets/scooters/devices/nobody",
        "/api/v1/fleets/vans/devices/sc-004",
    ):
        assert client.get(path).status_code == 404, path


def test_what_people_enter_is_noted_audited_and_done(client: TestClient, desk: Desk) -> None:
    form = {"verb": "lock", "as": "maintenance", "author": "support lead", "reason": "broken lamp " + EVIL}
    answer = client.post("/fleet/sc-010?lang=en", data=form, follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, "/fleet/sc-010?lang=en&fleet=scooters&kept=lock")
    waiting = page(client, "/fleet/sc-010")
    assert "Entered, and waits for the next message: locked (support lead: broken lamp &lt;script&gt;" in waiting
    noted = client.post(
        "/api/v1/fleets/scooters/devices/sc-011/retire", json={"reason": "scrapped", "author": "workshop"}
    )
    assert (noted.status_code, noted.json()["noted"]) == (202, "retire")
    CliRunner().invoke(cli, ["ingest"])
    assert "maintenance: broken lamp" in page(client, "/fleet/sc-010")
    assert "sc-011 is not expected any more." in page(client, "/fleet/sc-011")
    entries = audit.entries(desk.store, 10)
    assert [(one.door, one.who, one.action, one.subject) for one in entries] == [
        ("api", "workshop", "fleet.retire", "scooters sc-011"),
        ("web", "support lead", "fleet.lock", "scooters sc-010"),
    ]
    client.post("/fleet/sc-011", data={"verb": "release", "author": "workshop", "reason": "repaired after all"})
    CliRunner().invoke(cli, ["ingest"])
    assert "in service" in page(client, "/fleet/sc-011")


@pytest.mark.parametrize("headers", [{"sec-fetch-site": "cross-site"}, {"origin": "http://evil.example"}])
@pytest.mark.parametrize("path", ["/fleet", "/fleet/sc-010", "/api/v1/fleets/scooters/devices/sc-010/lock"])
def test_forms_of_other_sites_are_refused(client: TestClient, desk: Desk, path: str, headers: dict[str, str]) -> None:
    form = {"verb": "lock", "author": "x", "reason": "x", "fleet": "scooters"}
    sent = {"json": form} if path.startswith("/api/") else {"data": form}
    assert client.post(path, headers=headers, **sent).status_code == 403  # type: ignore[arg-type]
    assert audit.entries(desk.store, 10) == []


def test_only_who_may_edit_what_the_team_has_enters_anything(desk: Desk) -> None:
    """The rules of everything else: a viewer reads, an editor of another team does not write here."""
    Path("kakeibo.yaml").write_text(
        BOOK.replace("language: ja}", "language: ja, sign_in: {groups: {}}}", 1), encoding="utf-8"
    )
    now = 4_000_000_000
    made = [("viewer", "*"), ("editor", "other"), ("editor", "operations")]
    secrets = [tokens.create(desk.store, f"t{n}", role, "x", now, team=team) for n, (role, team) in enumerate(made)]  # type: ignore[arg-type]
    codes = []
    with TestClient(create(desk), base_url="http://localhost") as client:
        assert client.get("/api/v1/fleets").status_code == 401
        for secret in secrets:
            headers = {"authorization": f"Bearer {secret}"}
            assert client.get("/api/v1/fleets", headers=headers).status_code == 200
            for path in ("/fleet/sc-010", "/api/v1/fleets/scooters/devices/sc-010/lock"):
                form = {"verb": "lock", "reason": "x", "author": "y"}
                sent = {"json": form} if path.startswith("/api/") else {"data": form}
                answer = client.post(path, headers=headers, follow_redirects=False, **sent)  # type: ignore[arg-type]
                codes.append(answer.status_code)
    assert codes == [403, 403, 403, 403, 303, 202]
    noted = [one for one in audit.entries(desk.store, 10) if one.action == "fleet.lock"]
    assert [(one.door, one.visitor, one.who) for one in noted] == [("api", "token:t2", "y"), ("web", "token:t2", "y")]


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("sc-010/lock", {"reason": ""}, 422),
        ("sc-010/lock", {}, 422),
        ("sc-010/lock", {"reason": "x", "charged_to": "heartbeat"}, 422),
        ("sc-010/explode", {"reason": "x"}, 404),
        ("nobody/lock", {"reason": "x"}, 404),
    ],
)
def test_what_cannot_be_entered(client: TestClient, desk: Desk, path: str, body: dict[str, str], status: int) -> None:
    assert client.post(f"/api/v1/fleets/scooters/devices/{path}", json=body).status_code == status
    assert audit.entries(desk.store, 10) == []


PATHS = ["", "/{fleet}", "/{fleet}/devices", "/{fleet}/devices/{device}"]


@pytest.mark.parametrize("path", PATHS)
def test_nothing_that_can_be_asked_breaks_it(app: ASGIApp, path: str) -> None:
    schema = schemathesis.openapi.from_asgi("/api/v1/openapi.json", app, headers={"host": "localhost"})
    operation = schema[f"/api/v1/fleets{path}"]["GET"]

    @settings(max_examples=12, deadline=None, database=None, phases=[Phase.generate],
              suppress_health_check=list(HealthCheck))  # fmt: skip
    @given(data=st.data())
    def asked(data: st.DataObject) -> None:
        case = data.draw(operation.as_strategy())
        answered = case.call(headers={"host": "localhost"})
        assert answered.status_code < 500, (case.as_curl_command(), answered.text)

    asked()


SCREENSHOTS = Path(__file__).parents[3] / "build" / "screenshots"
VIEWS = {"fleet": "/fleet", "fleet-all": "/fleet?state=any", "device": "/fleet/sc-003", "vans": "/fleet?fleet=vans"}


def complaints_of(view: Page) -> list[str]:
    """What a page says on its console, and its errors, from now on."""
    heard = list[str]()
    view.on("console", lambda message: heard.append(message.text))
    view.on("pageerror", lambda error: heard.append(str(error)))
    return heard


@pytest.mark.parametrize("lang", ["en", "ja"])
def test_every_page_is_fit_for_everybody(app: ASGIApp, lang: str) -> None:
    """A telephone and a desk: nothing is wider than the screen, nothing complains, axe finds nothing serious."""
    path = shutil.which("chromium")
    assert path is not None, "these tests need Chromium: apt-get install chromium"
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    arguments = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
    with listening(app) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=arguments)
        for width in (360, 1280):
            context = browser.new_context(
                viewport={"width": width, "height": 800}, locale=lang, reduced_motion="reduce"
            )
            view = context.new_page()
            complaints = complaints_of(view)
            for name, where in VIEWS.items():
                view.goto(address + where)
                view.screenshot(path=SCREENSHOTS / f"{name}-{width}-{lang}.png", full_page=True)
                assert view.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, (name, width)
                assert view.evaluate("document.documentElement.lang") == lang
                found = Axe().run(view).response["violations"]
                serious = [
                    (one["id"], one["nodes"][0]["html"]) for one in found if one["impact"] in ("serious", "critical")
                ]
                assert serious == [], name
            view.goto(f"{address}/fleet/sc-020")
            view.locator("[name=author]").fill("support lead")
            view.locator("[name=reason]").fill(EVIL)
            view.locator("form.writing button").click()
            view.wait_for_url("**kept=lock**")
            assert complaints == []
            context.close()
        browser.close()
