"""Coming in, one's account, the tokens and the audit log, as people meet them in a browser."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from playwright.sync_api import Browser, Page, expect
from tests.app.conftest import Site
from tests.app.web.browsing import SIZES, fit, opened
from tests.app.web.conftest import BOOK, EVIL, listening, yaml

from kakeibo.access import accounts, tokens
from kakeibo.app.web.application import create
from kakeibo.app.web.desk import Desk
from kakeibo.store import audit, open_store

PASSWORD = "correct horse battery"
ISSUER = "{issuer: 'https://login.example', client_id: kakeibo, url: 'https://kakeibo.example'}"


@pytest.fixture
def guarded(told: Site) -> Iterator[str]:
    """The address of a server where people sign in: with a provider, and with a local account, `keeper`."""
    book = (BOOK % {"evil": yaml(EVIL)}).replace("language: ja}", f"language: ja, sign_in: {ISSUER}}}", 1)
    (told.folder / "kakeibo.yaml").write_text(book, encoding="utf-8")
    store = open_store(f"sqlite:///{told.folder}/kakeibo.db", patience=0.5)
    accounts.set_password(store, "keeper", PASSWORD, EVIL, 1_700_000_000)
    tokens.create(store, "old-gate", "viewer", EVIL, 1_700_000_000, team="player", days=1)
    with listening(create(Desk(Path("kakeibo.yaml"), store, "latest"))) as address:
        yield address.replace("127.0.0.1", "localhost")
    store.close()


def come_in(page: Page, address: str, path: str = "/") -> None:
    page.goto(address + path)
    page.locator("[name=name]").fill("keeper")
    page.locator("[name=password]").fill(PASSWORD)
    page.locator("main form button").click()
    page.wait_for_url(f"**{path}")


@pytest.mark.parametrize("lang", ["en", "ja"])
@pytest.mark.parametrize("size", SIZES)
def test_the_way_in_and_out_is_fit_for_everybody(browser: Browser, guarded: str, size: str, lang: str) -> None:
    page, complaints = opened(browser, size, lang)
    page.goto(f"{guarded}/journeys/play-video")
    fit(page, "sign-in", size, lang)
    page.locator("[name=name]").fill(EVIL)
    page.locator("[name=password]").fill("wrong")
    page.locator("main form button").click()
    page.locator("[role=alert]").wait_for()
    fit(page, "sign-in-wrong", size, lang)
    come_in(page, guarded, "/account")
    fit(page, "account-signed-in", size, lang)
    page.goto(f"{guarded}/tokens")
    page.locator("[name=name]").fill("Wrong Name")
    page.locator("[name=name]").evaluate("one => one.removeAttribute('pattern')")
    page.locator("form.writing button").click()
    page.locator("[role=alert]").wait_for()
    fit(page, "tokens-wrong", size, lang)
    page.locator("[name=name]").fill("ci-gate")
    page.locator("form.writing button").click()
    page.locator("#secret").wait_for()
    fit(page, "tokens-new", size, lang)
    page.goto(f"{guarded}/audit")
    expect(page.locator("main")).to_contain_text("token.created")
    expect(page.locator("main")).to_contain_text("トークンを作りました" if lang == "ja" else "made a token")
    fit(page, "audit-signed-in", size, lang)
    page.goto(f"{guarded}/account")
    page.locator("main form button").click()
    page.wait_for_url("**/sign-in*")
    assert [one for one in complaints if "401" not in one and "400" not in one] == []


def test_a_token_that_was_made_is_good_until_it_is_ended(browser: Browser, guarded: str, told: Site) -> None:
    page, complaints = opened(browser, "desk", "en")
    come_in(page, guarded, "/tokens")
    page.locator("[name=name]").fill("ci-gate")
    page.locator("[name=role]").select_option("editor")
    page.locator("[name=team]").select_option("player")
    page.locator("form.writing button").click()
    secret = page.locator("#secret").input_value()
    header = {"authorization": f"Bearer {secret}"}
    api = guarded.replace("localhost", "127.0.0.1") + "/api/v1"
    assert httpx2.get(f"{api}/teams", headers=header).status_code == 200
    told_ = httpx2.post(f"{api}/releases", headers=header, json={"service": "learning", "version": "v1"})
    assert told_.status_code == 201
    page.goto(f"{guarded}/tokens")
    assert secret not in page.content()
    page.get_by_role("button", name="End ci-gate now").click()
    page.locator("tr:has-text('ci-gate') >> text=ended").wait_for()
    assert httpx2.get(f"{api}/teams", headers=header).status_code == 401
    assert complaints == []
    store = open_store(f"sqlite:///{told.folder}/kakeibo.db")
    done = [(one.door, one.visitor, one.action) for one in audit.entries(store, 4)]
    store.close()
    assert done == [
        ("web", "keeper", "token.revoked"), ("api", "token:ci-gate", "release"), ("web", "keeper", "token.created"),
        ("web", "", "sign-in.local"),
    ]  # fmt: skip
