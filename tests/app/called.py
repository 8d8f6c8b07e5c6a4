"""A team that is called: a book with telephones and Slack, kakeibo serve, and the providers beside it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.app.conftest import BOOK
from tests.prometheus_server import free_port
from tests.servers.exchange import Exchange
from tests.servers.ourselves import serving
from tests.servers.twilio import ACCOUNT, TOKEN
from tests.servers.workspace import SECRET, TEAM, Workspace

from kakeibo import clock
from kakeibo.alerts.record import Alert, Change, record, standings
from kakeibo.app.check import read
from kakeibo.app.escalating import Sent, escalate, notifiers_of
from kakeibo.app.telling import tell
from kakeibo.app.web.application import create
from kakeibo.app.web.desk import Desk
from kakeibo.app.wording import words_of
from kakeibo.model import Book
from kakeibo.oncall import pages
from kakeibo.oncall.escalation import Page
from kakeibo.store import Store, open_store

START = datetime(2026, 10, 1, 3, 0, tzinfo=UTC)
DEV_1, DEV_2, LEAD = "+819000000001", "+819000000002", "+819000000003"

PEOPLE = """\
people:
  dev-1: {{name: Developer 1, slack: U1, phone: "{dev_1}", contact: {{page: [phone]}}}}
  dev-2: {{name: Developer 2, slack: U2, phone: $DEV_2_PHONE, language: ja, contact: {{page: [phone]}}}}
  lead: {{name: Team lead, slack: U3}}
oncall:
  player:
    timezone: Asia/Tokyo
    rotas:
      primary: [{{participants: [dev-1], start: 2026-01-01, handover: daily 09:00}}]
      secondary: [{{participants: [dev-2], start: 2026-01-01, handover: daily 09:00}}]
    escalation: [{{notify: primary}}, {{notify: secondary, after: 5m}}]
channels:
  phone: {{type: phone, account: {account}, token_env: TWILIO_TOKEN, from: "+815012345678", allow_private: true,
          answer_url: "{ours}/phone/twilio", api: "{api}"}}
  slack: {{type: slack, token_env: SLACK_TOKEN, signing_secret_env: SLACK_SECRET, workspace: {team}}}
"""


@dataclass
class Site:
    """`now` is what the clock says; `round` is a worker's."""

    book: Book
    store: Store
    ours: str
    exchange: Exchange
    slack: Workspace
    now: datetime = START
    path: Path = Path()

    def fire(self) -> str:
        """An alert that pages; its group."""
        minute = clock.minute_of(self.now)
        facts = {"burn_long": "20", "within": 60, "bad": 40, "budget_left": "3/4"}
        change = Change(Alert("play-video/availability", "page", "learning"), "firing", minute, "burning", facts)
        with self.store.writing() as connection:
            record(connection, [change], clock.second_of(self.now))
            tell(connection, self.book, minute, clock.second_of(self.now))
            return standings(connection)[change.alert].group

    def round(self, **later: float) -> list[Sent]:
        """A round of escalations, so much later; until everybody has hung up."""
        self.now += timedelta(**later)
        now = clock.second_of(self.now)
        sent = escalate(self.book, self.store, notifiers_of(self.book), "worker", now, write=words_of(self.book))
        self.exchange.quiet()
        return sent

    def pages(self) -> list[Page]:
        with self.store.reading() as connection:
            return pages.pages(connection)

    def calls(self) -> list[str]:
        return [call.number for call in self.exchange.calls]


@contextmanager
def called(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """The site, with the clock at START; `site.now` moves it."""
    monkeypatch.setenv("DEV_2_PHONE", DEV_2)
    monkeypatch.setenv("TWILIO_TOKEN", TOKEN)
    monkeypatch.setenv("SLACK_TOKEN", "xoxb-test")
    monkeypatch.setenv("SLACK_SECRET", SECRET)
    exchange, port = Exchange(), free_port()
    ours = f"http://127.0.0.1:{port}"
    workspace = Workspace(ours)
    store = open_store(f"sqlite:///{folder}/kakeibo.db")
    with exchange.serving() as api, workspace.serving() as hooks:
        workspace.hooks = hooks
        people = PEOPLE.format(dev_1=DEV_1, account=ACCOUNT, ours=ours, api=api, team=TEAM)
        text = BOOK.replace("{name: Player team}", "{name: Player team, notify: {page: [oncall]}}")
        text = text.replace("target: 90%, window: 1d", "target: 90%, window: 1d, stage: page")
        (folder / "kakeibo.yaml").write_text(text + people, encoding="utf-8")
        (folder / "logs").mkdir()
        book, _ = read(folder / "kakeibo.yaml")
        site = Site(book, store, ours, exchange, workspace, path=folder)
        monkeypatch.setattr(clock, "now", lambda: site.now)
        with serving(create(Desk(folder / "kakeibo.yaml", store)), port):
            yield site
    store.close()
