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
from playwright.sync_api import Browser, Page, expect, sync_playwright
from tests.app.conftest import Site, event
from tests.app.web.conftest import EVIL, listening

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
    "labs": "/lab",
    "lab": "/lab/play-video/latency?target=60&incidents=charged",
    "support": "/support?complaint=1",
    "teams": "/teams",
    "ballot": "/teams/journeys/search",
    "alerts": "/alerts",
    "incidents": "/incidents",
    "incident": "/incidents/1",
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


def written(page: Page, address: str) -> None:
    """As people write on the pages: a question of support, a vote, a decision."""
    page.goto(f"{address}/support")
    page.locator("[name=text]").fill("play a video " + EVIL)
    page.locator("[name=at]").fill("2026-10-02T05:00")
    page.locator("[name=journey]").select_option("play-video")
    page.locator("form.writing button").click()
    page.locator("#verdict").wait_for()
    page.goto(f"{address}/teams/journeys/search")
    page.locator("[name=voter]").fill(EVIL)
    page.locator("[name=score][value='4']").check()
    page.locator("form.writing button").first.click()
    page.locator("[role=status].notice:not([hidden])").wait_for()
    page.locator("[name=by]").fill("Product owner, support lead")
    page.locator("[name=reason]").fill(EVIL)
    page.locator("form.writing button").last.click()
    page.wait_for_url("**kept=decision**")
    page.goto(f"{address}/incidents")
    page.locator("[name=title]").fill(EVIL)
    page.locator("[name=about]").select_option("play-video")
    page.locator("[name=at]").fill("2026-10-02T05:10")
    page.locator("form.writing button").click()
    page.wait_for_url("**/incidents/*")
    page.locator("[name=do][value=note] ~ label [name=text]").fill(EVIL)
    page.locator("form:has([value=note]) button").click()
    page.locator(".tale li", has_text="<script>").first.wait_for()


@pytest.mark.parametrize("lang", ["en", "ja"])
@pytest.mark.parametrize("size", SIZES)
def test_every_page_is_fit_for_everybody(browser: Browser, address: str, size: str, lang: str) -> None:
    """Nothing is wider than the screen, nothing complains, and axe finds nothing serious."""
    page, complaints = opened(browser, size, lang)
    written(page, address)
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


def test_a_candidate_is_answered_at_once(lab: Page) -> None:
    """Without a new page; the address keeps what was chosen."""
    lab.evaluate("window.same = true")
    lab.locator("[name=target]").fill("97.5")
    expect(lab.locator("#answer")).to_contain_text("97.5%")
    assert lab.evaluate("window.same") is True
    lab.wait_for_url("**target=97.5**")
    lab.reload()
    assert "97.5%" in lab.locator("#answer").inner_text()


def test_without_script_the_button_answers(browser: Browser, address: str) -> None:
    page = browser.new_context(java_script_enabled=False, locale="en").new_page()
    page.goto(f"{address}/lab/play-video/availability")
    page.locator("[name=target]").fill("97.5")
    page.locator("form.lab button").click()
    page.wait_for_url("**target=97.5**")
    assert "97.5%" in page.locator("#answer").inner_text()


def test_a_wrong_candidate_leaves_the_answer_and_complains_of_nothing(lab: Page) -> None:
    before = lab.locator("#answer").inner_text()
    lab.locator("[name=target]").fill("150")
    lab.wait_for_timeout(400)
    assert lab.locator("#answer").inner_text() == before


@pytest.fixture
def lab(browser: Browser, address: str) -> Iterator[Page]:
    page, complaints = opened(browser, "desk", "en")
    page.goto(f"{address}/lab/play-video/availability")
    yield page
    assert complaints == []


def test_a_reply_is_copied(browser: Browser, address: str) -> None:
    page, complaints = opened(browser, "desk", "en")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    written(page, address)
    page.goto(f"{address}/support?complaint=1")
    page.locator("[data-copy=reply-ja]").click()
    page.locator("[data-copy=reply-ja] + .copied").wait_for()
    assert page.evaluate("navigator.clipboard.readText()") == page.locator("#reply-ja").input_value()
    assert complaints == []
