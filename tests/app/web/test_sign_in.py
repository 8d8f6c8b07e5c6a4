"""Coming in: at a provider, with a local account, with a token; and all the ways that are refused."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from starlette.testclient import TestClient
from tests.app.conftest import Site
from tests.app.web.conftest import BOOK, listening, yaml
from tests.servers.oidc import Provider

from kakeibo.access import accounts, tokens
from kakeibo.app.web.application import can_sign_in, create
from kakeibo.app.web.desk import Desk
from kakeibo.app.web.guard import COOKIE
from kakeibo.app.web.pages.sign_in import WAY_COOKIE, safe_next
from kakeibo.store import Store, audit, open_store

URL = "https://kakeibo.example"
PASSWORD = "correct horse battery"
OURS = {"sec-fetch-site": "same-origin"}


@pytest.fixture
def provider() -> Iterator[Provider]:
    provider = Provider("kakeibo", "s e:cret", f"{URL}/sign-in/callback")
    with listening(provider.app()) as issuer:
        provider.issuer = issuer
        provider.claims = {"preferred_username": "SRE 1", "groups": ["everybody"]}
        yield provider


@pytest.fixture
def client(told: Site, provider: Provider, monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient]:
    monkeypatch.setenv("CLIENT_SECRET", provider.secret)
    groups = "{everybody: viewer, sre: admin, player-dev: {player: editor}}"
    sign_in = f"{{issuer: '{provider.issuer}', client_id: kakeibo, client_secret_env: CLIENT_SECRET, url: '{URL}'"
    book = (BOOK % {"evil": yaml("Testers")}).replace(
        "language: ja}", f"language: en, sign_in: {sign_in}, groups: {groups}}}}}", 1
    )
    (told.folder / "kakeibo.yaml").write_text(book, encoding="utf-8")
    store = open_store(f"sqlite:///{told.folder}/kakeibo.db", patience=0.5)
    app = create(Desk(Path("kakeibo.yaml"), store, "latest"))
    with TestClient(app, base_url=URL, raise_server_exceptions=False, follow_redirects=False) as client:
        client.headers["accept-language"] = "en"
        client.app_state["store"] = store
        yield client
    store.close()


def store_of(client: TestClient) -> Store:
    store: Store = client.app_state["store"]
    return store


def come_in(client: TestClient, next_: str = "/alerts") -> tuple[int, str]:
    """The whole way of a browser; returns the status and where it ends, or what it is told."""
    begun = client.get("/sign-in/start", params={"next": next_})
    if begun.status_code != 303:
        return begun.status_code, begun.text
    back = httpx2.get(begun.headers["location"], follow_redirects=False)
    assert back.status_code == 303, back.text
    answered = client.get(back.headers["location"])
    return answered.status_code, answered.headers.get("location", answered.text)


def test_people_come_in_by_the_provider_and_go(client: TestClient) -> None:
    asked = client.get("/alerts?at=latest")
    assert (asked.status_code, asked.headers["location"]) == (303, "/sign-in?next=%2Falerts%3Fat%3Dlatest")
    assert "/sign-in/start?next=" in client.get(asked.headers["location"]).text
    assert come_in(client, "/alerts?at=latest") == (303, "/alerts?at=latest")
    assert client.get("/alerts").status_code == 200
    account = client.get("/account").text
    assert "SRE 1" in account
    assert "/audit" not in account
    assert client.get("/audit").status_code == 403
    assert client.post("/sign-out", headers=OURS).headers["location"] == "/sign-in"
    assert client.get("/alerts").status_code == 303
    done = [(one.door, one.who, one.action) for one in audit.entries(store_of(client), 10)]
    assert done == [("web", "SRE 1", "sign-out"), ("web", "SRE 1", "sign-in.oidc")]


def test_cookies_are_for_this_server_alone(client: TestClient) -> None:
    begun = client.get("/sign-in/start")
    back = httpx2.get(begun.headers["location"], follow_redirects=False)
    given = client.get(back.headers["location"])
    for cookie in (begun.headers["set-cookie"], given.headers.get_list("set-cookie")[0]):
        assert cookie.startswith("__Host-kakeibo")
        assert {"Secure", "HttpOnly", "SameSite=lax", "Path=/"} <= set(cookie.split("; "))


LIES = [
    ({"iss": "https://evil.example"}, {}, "iss"),
    ({"aud": "somebody-else"}, {}, "aud"),
    ({"nonce": "replayed"}, {}, "nonce"),
    ({"nonce": None}, {}, "nonce"),
    ({"exp": 1_700_000_000}, {}, "expired"),
    ({"sub": None}, {}, "sub"),
    ({"aud": ["kakeibo", "other"], "azp": "other"}, {}, "azp"),
    ({}, {"wrong_key": True}, "signature"),
    ({}, {"unsigned": True}, "algorithm"),
    ({}, {"issuer_told": "https://evil.example"}, "issuer"),
    ({}, {"secret": "another"}, "invalid_client"),
]


@pytest.mark.parametrize(("lies", "wrong", "said"), LIES)
def test_what_a_provider_must_not_say(
    client: TestClient, provider: Provider, lies: dict[str, object], wrong: dict[str, object], said: str
) -> None:
    provider.lies = lies
    for name, value in wrong.items():
        setattr(provider, name, value)
    status, page = come_in(client)
    assert status == 403
    assert said in page
    assert client.get("/alerts").status_code == 303


@pytest.mark.parametrize("path", ["/.well-known/openid-configuration", "/token", "/keys"])
def test_a_provider_that_is_down_is_told(client: TestClient, provider: Provider, path: str) -> None:
    provider.down = {path}
    status, page = come_in(client)
    assert (status, "does not answer" in page) == (502, True)


def test_only_the_browser_that_began_comes_back_and_once(client: TestClient) -> None:
    def back() -> str:
        return httpx2.get(client.get("/sign-in/start").headers["location"], follow_redirects=False).headers["location"]

    location = back()
    own = client.cookies.get(WAY_COOKIE)
    client.cookies.clear()
    assert client.get(location).status_code == 400  # somebody else's way, as in a forged link
    location = back()
    assert client.get(re.sub("state=[^&]*", "state=x", location)).status_code == 400
    assert client.get(location).status_code == 400  # that was its one use
    location = back()
    assert client.get(f"{location}&iss=https://evil.example").status_code == 400
    location = back()
    assert client.get(location).status_code == 303
    assert client.get(location).status_code == 400
    assert own
    assert client.get(back().partition("?")[0] + "?error=access_denied&state=x").status_code == 400


def test_groups_are_what_the_book_says_now(client: TestClient, provider: Provider, told: Site) -> None:
    provider.claims["groups"] = ["nobody-knows"]
    come_in(client)
    refused = client.get("/alerts")
    assert (refused.status_code, "You have no role here" in refused.text) == (403, True)
    provider.claims["groups"] = ["sre"]
    come_in(client)
    assert client.get("/audit").status_code == 200
    book = told.folder / "kakeibo.yaml"
    book.write_text(book.read_text(encoding="utf-8").replace("sre: admin", "sre: viewer"), encoding="utf-8")
    assert client.get("/audit").status_code == 403


def sign_in(client: TestClient, name: str, password: str, **headers: str) -> int:
    form = {"name": name, "password": password, "next": "/alerts"}
    return client.post("/sign-in", data=form, headers=headers or OURS).status_code


def test_a_local_account_and_guessing_it(client: TestClient) -> None:
    store = store_of(client)
    accounts.set_password(store, "keeper", PASSWORD, "tester", 0)
    assert sign_in(client, "keeper", "wrong") == 401
    assert sign_in(client, "nobody", PASSWORD) == 401
    assert sign_in(client, "keeper", PASSWORD) == 303
    assert client.get("/audit").status_code == 200
    for _ in range(accounts.FAILURES):
        assert sign_in(client, "keeper", "wrong") == 401
    late = client.post("/sign-in", data={"name": "keeper", "password": PASSWORD}, headers=OURS)
    assert late.status_code == 429
    assert 0 < int(late.headers["retry-after"]) <= accounts.WINDOW
    accounts.set_password(store, "keeper", PASSWORD + "!", "tester", 0)
    assert client.get("/audit").status_code == 303  # its sessions ended
    assert sign_in(client, "keeper", PASSWORD + "!") == 303


def test_passwords_and_secrets_are_nowhere_in_the_store(client: TestClient, told: Site) -> None:
    store = store_of(client)
    accounts.set_password(store, "keeper", PASSWORD, "tester", 0)
    secret = tokens.create(store, "ci", "viewer", "tester", 0)
    sign_in(client, "keeper", PASSWORD)
    held = b"".join(path.read_bytes() for path in told.folder.glob("kakeibo.db*"))
    for hidden in (PASSWORD, secret, client.cookies[COOKIE]):
        assert hidden.encode() not in held
    assert b"$argon2id$" in held


def test_forms_of_other_sites_are_refused(client: TestClient) -> None:
    accounts.set_password(store_of(client), "keeper", PASSWORD, "tester", 0)
    for headers in (
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"sec-fetch-site": "none"},
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"x": "says nothing"},
    ):
        assert sign_in(client, "keeper", PASSWORD, **headers) == 403, headers
    assert sign_in(client, "keeper", PASSWORD, origin=URL) == 303
    for path in ("/sign-out", "/support", "/teams/x", "/api/v1/slos"):
        assert client.post(path, headers={"sec-fetch-site": "cross-site"}).status_code == 403, path
    assert client.get("/alerts").status_code == 200


def test_tokens(client: TestClient) -> None:
    store = store_of(client)
    now = 4_000_000_000
    ended = tokens.create(store, "ended", "viewer", "tester", 0, days=1)
    good = tokens.create(store, "good", "viewer", "tester", now)
    gone = tokens.create(store, "gone", "owner", "tester", now)
    tokens.revoke(store, "gone", "tester", now)
    for path in ("/api/v1/slos", "/api/v1/report", "/api/v1/openapi.json", "/metrics"):
        for wrong in ("", "x", "kakeibo_x", ended, gone, good[:-1], good + "x", good.upper()):
            answered = client.get(path, headers={"authorization": f"Bearer {wrong}"})
            assert answered.status_code == 401, (path, wrong)
            assert answered.headers["www-authenticate"] == "Bearer"
        assert client.get(path).status_code == 401
        assert client.get(path, headers={"authorization": f"Bearer {good}"}).status_code == 200
    assert client.get("/audit", headers={"authorization": f"Bearer {good}"}).status_code == 403
    assert client.post("/support", headers={"authorization": f"Bearer {good}"}).status_code == 403


def test_everything_but_the_way_in_is_closed(client: TestClient) -> None:
    for path in (
        "/",
        "/journeys/play-video",
        "/statement",
        "/glossary",
        "/audit",
        "/account",
        "/nothing",
        "//",
        "/metrics",
    ):
        assert client.get(path).status_code in (303, 401), path
    for path in (
        "/static/../audit",
        "/static/..%2faudit",
        "/chat/../audit",
        "/chat/..%2f..%2faudit",
        "/SIGN-IN/../audit",
    ):
        answered = client.get(path)
        assert answered.status_code in (303, 401, 404, 405), path
        assert "Who changed what" not in answered.text, path
    for path in ("/healthz", "/sign-in", "/static/web.css"):
        assert client.get(path).status_code == 200, path


NEXT = [
    "//evil.example",
    "/\\evil.example",
    "https://evil.example",
    "evil",
    "",
    "/\t/evil",
    "/a\r\nb: c",
    "/sign-in/start",
]


def test_nobody_is_sent_elsewhere() -> None:
    assert [safe_next(one) for one in NEXT] == ["/"] * len(NEXT)
    assert safe_next("/journeys/a?range=7d") == "/journeys/a?range=7d"


def test_a_sign_in_that_was_asked_for_stays(client: TestClient, told: Site) -> None:
    book = told.folder / "kakeibo.yaml"
    book.write_text(BOOK % {"evil": yaml("Testers")}, encoding="utf-8")
    assert client.get("/alerts").status_code == 303
    assert client.get("/sign-in/start").status_code == 404  # local accounts are left


def test_beyond_this_machine_somebody_must_be_able_to_sign_in(told: Site) -> None:
    book = (BOOK % {"evil": yaml("Testers")}).replace("language: ja}", "language: en, sign_in: {}}", 1)
    (told.folder / "kakeibo.yaml").write_text(book, encoding="utf-8")
    store = open_store(f"sqlite:///{told.folder}/kakeibo.db")
    desk = Desk(Path("kakeibo.yaml"), store)
    assert not can_sign_in(desk)
    accounts.set_password(store, "keeper", PASSWORD, "tester", 0)
    assert can_sign_in(desk)
    store.close()
