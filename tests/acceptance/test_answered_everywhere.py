"""`kakeibo serve` and `kakeibo work` side by side, as their users start them: a fast burn calls people, and whoever
takes it, wherever they say so, ends the calling."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect, sync_playwright
from tests.prometheus_server import free_port
from tests.servers.exchange import Exchange
from tests.servers.slack import TOKEN as SLACK_TOKEN
from tests.servers.slack import Slack
from tests.servers.twilio import ACCOUNT, TOKEN
from tests.servers.workspace import SECRET, TEAM, Workspace

WAYS = ("chat", "telephone", "command", "page", "nobody")
"""A team each; the last one answers nowhere, which shows that the others would have been called on."""
NUMBERS = {way: f"+81900000000{place}" for place, way in enumerate(WAYS)}
LEAD = "+819000000099"
HEAD = """\
organisation: {{name: Demo, timezone: Asia/Tokyo, language: en, address: "{ours}"}}
channels:
  phone: {{type: phone, account: {account}, token_env: TWILIO_TOKEN, from: "+815012345678", allow_private: true,
          answer_url: "{ours}/phone/twilio", api: "{twilio}"}}
  slack: {{type: slack, token_env: SLACK_TOKEN, signing_secret_env: SLACK_SECRET, workspace: {team}, buttons: true,
          api: "{slack}/api", allow_private: true}}
sources: {{web: {{type: nginx-json, path: access.log, silent_after: 6h}}}}
"""


@dataclass
class Running:
    """The site while both processes run. `port`: of `kakeibo serve`."""

    folder: Path
    port: int
    exchange: Exchange
    slack: Slack
    workspace: Workspace
    processes: list[subprocess.Popen[bytes]]

    @property
    def ours(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def run(self, *words: str, code: int = 0) -> str:
        """A command as its user gives it; what it prints."""
        done = subprocess.run(
            [sys.executable, "-m", "kakeibo", *words], cwd=self.folder, capture_output=True, text=True
        )
        assert done.returncode == code, done.stderr + done.stdout
        return done.stdout

    def until(self, true: Callable[[], Any]) -> Any:
        """What it is once it is something, as long as both processes run, though not for ever."""
        deadline = time.monotonic() + 60
        while not (found := true()):
            assert [process.poll() for process in self.processes] == [None] * len(self.processes)
            assert time.monotonic() < deadline
            time.sleep(0.1)
        return found

    def answers(self) -> bool:
        """Whether `kakeibo serve` listens yet: the telephone needs it when somebody presses a key."""
        try:
            return httpx2.get(f"{self.ours}/healthz").status_code == 200
        except httpx2.TransportError:
            return False

    def alerts(self) -> dict[str, Any]:
        """What fires, by team."""
        return {one["slo"].partition("/")[0]: one for one in json.loads(self.run("alerts", "--json"))["firing"]}


def book(way: str) -> dict[str, Any]:
    """A team with its journey, its on-call and somebody who is on duty."""
    rules = [{"burn": "2%", "within": "1h", "severity": "page"}]
    good = {"good": "status < 500", "target": "99%", "window": "28d", "stage": "page", "alerts": rules}
    rota = [{"participants": [way], "start": "2026-01-01"}]
    return {
        "teams": {way: {"name": f"Team {way}", "notify": {"page": ["oncall", "slack:#player"]}}},
        "services": {way: {"team": way, "runbook": "https://wiki.example/runbook"}},
        "people": {
            way: {"name": f"Engineer {way}", "slack": f"U{way}", "phone": NUMBERS[way], "contact": {"page": ["phone"]}},
            "lead": {"name": "Team lead", "phone": LEAD, "contact": {"page": ["phone"]}},
        },
        "oncall": {
            way: {"rotas": {"first": rota}, "escalation": [{"notify": "first"}, {"notify": ["lead"], "after": "5m"}]}
        },
        "journeys": {
            way: {
                "title": {"en": f"Journey {way}", "ja": f"操作 {way}"}, "service": way, "source": "web",
                "valid": f"operation = '{way}'", "slos": {"availability": good},
            }
        },
    }  # fmt: skip


def write_site(folder: Path, head: str) -> None:
    """The book, and a log of two hours up to now: in the last half hour most fails."""
    sections: dict[str, dict[str, Any]] = {}
    for way in WAYS:
        for section, held in book(way).items():
            sections.setdefault(section, {}).update(held)
    rest = "".join(f"{section}: {json.dumps(held)}\n" for section, held in sections.items())
    (folder / "kakeibo.yaml").write_text(head + rest, encoding="utf-8")
    now = datetime.now(UTC)
    with (folder / "access.log").open("w", encoding="utf-8") as log:
        for minute in range(120, 0, -1):
            when = (now - timedelta(minutes=minute)).isoformat()
            for number in range(10):
                status = 503 if minute <= 30 and number else 200
                log.writelines(json.dumps({"time": when, "operation": w, "status": status}) + "\n" for w in WAYS)


@pytest.fixture
def running(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Running]:
    secrets = {"TWILIO_TOKEN": TOKEN, "SLACK_TOKEN": SLACK_TOKEN, "SLACK_SECRET": SECRET, "PYTHONUNBUFFERED": "1"}
    for name, value in secrets.items():
        monkeypatch.setenv(name, value)
    port = free_port()
    ours = f"http://127.0.0.1:{port}"
    exchange, slack, workspace = Exchange(), Slack(), Workspace(ours)
    # Whoever else is on duty lets it ring: nothing is reported, so that the next one would be called after 5 minutes.
    exchange.habits = {number: ["ringing"] for number in NUMBERS.values()} | {NUMBERS["telephone"]: ["4"]}
    with ExitStack() as stack:
        twilio, api = stack.enter_context(exchange.serving()), stack.enter_context(slack.serving())
        workspace.hooks = stack.enter_context(workspace.serving())
        write_site(tmp_path, HEAD.format(ours=ours, account=ACCOUNT, twilio=twilio, slack=api, team=TEAM))
        site = Running(tmp_path, port, exchange, slack, workspace, [])
        for words in (("serve", "--port", str(port)), ("work", "--every", "1")):
            command = [sys.executable, "-m", "kakeibo", *words]
            errors = stack.enter_context((tmp_path / f"{words[0]}.err").open("wb"))
            process = subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=errors, env=os.environ)
            stack.callback(process.wait)
            stack.callback(process.terminate)
            site.processes.append(process)
            site.until(site.answers)
        yield site
        for name in ("serve", "work"):
            assert b"Traceback" not in (tmp_path / f"{name}.err").read_bytes()


def test_a_fast_burn_is_taken_by_each_of_four_ways(running: Running) -> None:
    running.until(lambda: len(running.exchange.calls) == len(WAYS))
    assert sorted(call.number for call in running.exchange.calls) == sorted(NUMBERS.values())
    running.exchange.quiet()
    fired = running.alerts()
    assert set(fired) == set(WAYS)

    # 1. the telephone has been answered with 4 already; 2. the button below the message in Slack
    value = running.until(lambda: button(running.slack, "chat"))
    assert value == fired["chat"]["alert"]
    assert running.workspace.press("Uchat", "kakeibo_acknowledge", value).status == 200
    assert running.workspace.wait(1)[0]["text"] == "Engineer chat is looking into it."
    # 3. the command line
    said = running.run("ack", "command/availability", "--by", "Engineer command", "--note", "the cache")
    assert said == f"{fired['command']['alert']}: Engineer command is looking into it\n"
    # 4. the page
    with sync_playwright() as playwright:
        options = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=options)
        complaints: list[str] = []
        for lang in ("en", "ja"):
            page = browser.new_context(locale=lang).new_page()
            page.on("console", lambda message: complaints.append(message.text))
            page.goto(f"{running.ours}/alerts?lang={lang}")
            if lang == "en":
                take(page)
            read(page, lang)
            found = Axe().run(page).response["violations"]
            assert [one["id"] for one in found if one["impact"] in ("serious", "critical")] == []
        browser.close()
    assert complaints == []

    assert {way: (one["acknowledged"] or {}).get("origin") for way, one in running.alerts().items()} == {
        "chat": "chat", "telephone": "phone", "command": "cli", "page": "web", "nobody": None,
    }  # fmt: skip
    api = httpx2.get(f"{running.ours}/api/v1/alerts").json()
    assert sorted((one["acknowledged"] or {}).get("origin", "") for one in api["firing"]) == [
        "", "chat", "cli", "phone", "web"
    ]  # fmt: skip
    called_on(running)


def button(slack: Slack, way: str) -> str | None:
    """What the button says that stands below the message about a journey."""
    for request in list(slack.requests):
        message = request.json()
        if f"Journey {way}" in message["text"]:
            elements = [one for block in message["blocks"] if block["type"] == "actions" for one in block["elements"]]
            return next((str(one["value"]) for one in elements if one["action_id"] == "kakeibo_acknowledge"), None)
    return None


def take(page: Page) -> None:
    """Somebody writes a name on the page and says that they look into it."""
    alert = page.locator("#now ~ ul li", has_text="Journey page")
    alert.get_by_text("I am looking into it").click()
    alert.get_by_label("Your name or role").fill("Engineer page")
    alert.get_by_role("button", name="Tell the others").click()
    page.wait_for_url(re.compile("/alerts"))
    expect(page.locator("#now ~ ul li", has_text="Journey page")).to_contain_text("Engineer page is looking into it")


def read(page: Page, lang: str) -> None:
    """Who takes it, when and by what, of all four; of the one that nobody takes, a form."""
    said = {
        "en": {
            "chat": "said in chat", "telephone": "said by telephone",
            "command": "said on the command line. the cache", "page": "said on the page of alerts",
        },
        "ja": {
            "chat": "チャットで連絡", "telephone": "電話で連絡",
            "command": "コマンドで連絡", "page": "アラートの画面で連絡",
        },
    }[lang]  # fmt: skip
    for way, words in said.items():
        shown = page.locator("#now ~ ul li", has_text=f"{'Journey' if lang == 'en' else '操作'} {way}").inner_text()
        shown = " ".join(shown.split())
        assert words in shown
        assert f"Engineer {way}" in shown
        assert re.search(r"Engineer [a-z]+ ?(is looking into it since|が) .*\d:\d\d", shown)
    assert page.locator("#now ~ ul form").count() == 1


def called_on(running: Running) -> None:
    """Once the delay is over, somebody else is called for what nobody took, and for nothing else."""
    duty = json.loads(running.run("oncall", "--json"))
    on_duty = {team["team"]: team["rotas"][0]["person"] for team in duty["teams"]}
    assert on_duty == {way: way for way in WAYS}
    running.exchange.habits[NUMBERS["chat"]] = ["4"]
    assert "Engineer chat answered" in running.run("page", "chat", "--message", "a test", "--by", "Lead", "--wait")
    work = running.processes.pop()
    work.terminate()
    assert work.wait() == 0
    before = len(running.exchange.calls)
    later = datetime.now(UTC) + timedelta(minutes=7)
    running.run("work", "--once", "--now", later.isoformat(timespec="minutes").replace("+00:00", "Z"))
    running.exchange.quiet()
    after = running.exchange.calls[before:]
    assert [call.number for call in after] == [LEAD]
    assert "Journey nobody" in after[0].fields["Twiml"]
