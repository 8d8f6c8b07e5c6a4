"""The pages in a real browser: both languages, a telephone and a desk, light and dark, by keyboard.

Screenshots are kept in build/screenshots.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright
from tests.app.conftest import Site, event
from tests.app.web.conftest import listening

from kakeibo.app.web.application import create
from kakeibo.app.web.desk import Desk

SCREENSHOTS = Path(__file__).parents[3] / "build" / "screenshots"
PAGES = {
    "overview": "/",
    "journeys": "/journeys",
    "journey": "/journeys/play-video",
    "zoomed": "/journeys/play-video?range=6h",
    "events": "/journeys/play-video/events?slo=play-video/availability",
    "statement": "/statement",
    "alerts": "/alerts",
    "glossary": "/glossary",
    "nothing": "/nothing",
}
SIZES = {"telephone": (360, 740, "dark"), "desk": (1280, 900, "light")}


@pytest.fixture
def browser() -> Iterator[Browser]:
    path = shutil.which("chromium")
    if path is None:
        pytest.fail("these tests need Chromium: apt-get install chromium", pytrace=False)
    with sync_playwright() as playwright:
        arguments = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
        browser = playwright.chromium.launch(executable_path=path, args=arguments)
        yield browser
        browser.close()


def opened(browser: Browser, size: str, lang: str) -> tuple[Page, list[str]]:
    """A page, and what it complains of: errors of scripts, of the policy, and requests to other hosts."""
    width, height, scheme = SIZES[size]
    context = browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme="dark" if scheme == "dark" else "light",
        locale=lang,
        reduced_motion="reduce",
    )
    page, complaints = context.new_page(), list[str]()
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda one: None if "//127.0.0.1:" in one.url else complaints.append(one.url))
    return page, complaints


@pytest.mark.parametrize("lang", ["en", "ja"])
@pytest.mark.parametrize("size", SIZES)
def test_every_page_is_fit_for_everybody(browser: Browser, address: str, size: str, lang: str) -> None:
    """Nothing is wider than the screen, nothing complains, and axe finds nothing serious."""
    page, complaints = opened(browser, size, lang)
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    for name, path in PAGES.items():
        page.goto(address + path)
        for details in page.locator("details").all():
            details.evaluate("one => { one.open = true }")
        page.screenshot(path=SCREENSHOTS / f"{name}-{size}-{lang}.png", full_page=True)
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, (name, size)
        assert page.evaluate("document.documentElement.lang") == lang
        assert page.locator("h1").count() == 1
        found = Axe().run(page).response["violations"]
        serious = [(one["id"], one["nodes"][0]["html"]) for one in found if one["impact"] in ("serious", "critical")]
        assert serious == [], name
    expected = [one for one in complaints if "404" in one]
    assert complaints == expected[:1]


def test_numbers_refresh_without_reload(browser: Browser, address: str, told: Site) -> None:
    page, complaints = opened(browser, "desk", "en")
    page.clock.install()
    page.goto(f"{address}/?kind=cmc")
    page.evaluate("window.same = true")
    assert "still filling" in page.locator("#rows tbody").inner_text()
    told.write("access.json", *(event(60 * 30, operation="Search", status=500) for _ in range(50)))
    assert told.run("ingest").code == 0
    page.clock.fast_forward(31_000)
    page.locator("#rows tbody").filter(has_text="overspent").wait_for()
    assert page.evaluate("window.same") is True
    assert "kind=cmc" in page.url
    assert complaints == []


def test_what_the_reader_has_open_stays_open(browser: Browser, address: str, told: Site) -> None:
    page, _ = opened(browser, "desk", "en")
    page.clock.install()
    page.goto(f"{address}/journeys/play-video")
    page.locator("summary").first.click()
    told.write("access.json", event(60 * 30, status=500))
    assert told.run("ingest").code == 0
    page.clock.fast_forward(31_000)
    assert page.locator("details[open]").count() == 1


def test_a_server_that_is_gone_is_said(browser: Browser, desk: Desk) -> None:
    page, _ = opened(browser, "desk", "en")
    page.clock.install()
    with listening(create(desk)) as address:
        page.goto(address)
        assert page.locator("#stale").is_hidden()
    page.clock.fast_forward(31_000)
    page.locator("#stale").wait_for(state="visible", timeout=10_000)


def test_the_keyboard_reaches_everything(browser: Browser, address: str) -> None:
    page, _ = opened(browser, "desk", "en")
    page.goto(address)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert re.search("#content$", page.url)
    page.locator("input[type=search]").focus()
    page.keyboard.type("speed")
    page.keyboard.press("Enter")
    page.wait_for_url("**/?q=speed*")
    assert page.locator("#rows tbody tr").count() == 1
    page.locator("#rows tbody a").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/journeys/play-video#latency")
