"""How the browser tests look at a page: as on a telephone and at a desk, in light and in dark."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

SCREENSHOTS = Path(__file__).parents[3] / "build" / "screenshots"
SIZES = {"telephone": (360, 740), "desk": (1280, 900)}
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")


def opened(browser: Browser, size: str, lang: str) -> tuple[Page, list[str]]:
    """A page, and what it complains of: errors of scripts, of the policy, and requests to other hosts."""
    width, height = SIZES[size]
    context = browser.new_context(viewport={"width": width, "height": height}, locale=lang, reduced_motion="reduce")
    page, complaints = context.new_page(), list[str]()
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    ours = ("//127.0.0.1:", "//localhost:")
    page.on("request", lambda one: None if any(host in one.url for host in ours) else complaints.append(one.url))
    return page, complaints


def fit(page: Page, name: str, size: str, lang: str) -> None:
    """The page that is shown is fit for everybody: nothing is wider than the screen, axe finds nothing serious, by day
    and by night. A screenshot of each is kept."""
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    for details in page.locator("details").all():
        details.evaluate("one => { one.open = true }")
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, (name, size)
    assert page.evaluate("document.documentElement.lang") == lang
    assert page.locator("h1").count() == 1
    for scheme in SCHEMES:
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        page.screenshot(path=SCREENSHOTS / f"{name}-{size}-{scheme}-{lang}.png", full_page=True)
        found = Axe().run(page).response["violations"]
        serious = [(one["id"], one["nodes"][0]["html"]) for one in found if one["impact"] in ("serious", "critical")]
        assert serious == [], (name, scheme)
