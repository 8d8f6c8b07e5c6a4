"""What failures have in common, from the log to every kind of channel that shows it."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import select
from tests.acceptance.site import BOOK, Burn, Script, Site
from tests.notifiers.made import made
from tests.servers import github, slack
from tests.servers.mail import Mailbox
from tests.servers.pagerduty import KEY, PagerDuty
from tests.servers.receiver import Receiver
from tests.servers.teams import Teams
from tests.servers.webhook import Webhook

from kakeibo.notifiers.kinds import Message
from kakeibo.store import tables

SAID = "have error = DB_DOWN; of the successes none have."


@pytest.fixture(scope="module")
def message(tmp_path_factory: pytest.TempPathFactory) -> Message:
    """What a worker writes when videos fail because a database is down."""
    book = BOOK.replace("{duration: request_time}", "{duration: request_time}, breakdown: [error]")
    site = Site.at(tmp_path_factory.mktemp("site"), Script([Burn(100, 200, 0.5)]), book=book)
    site.run(100, every=100)
    site.run(110)
    with site.store.reading() as connection:
        rows = connection.scalars(select(tables.outbox.c.message).where(tables.outbox.c.target == "page")).all()
    site.store.close()
    return msgspec.json.decode(rows[0], type=Message)


def bodies(server: Receiver) -> str:
    """What was posted, as its reader reads it: escapes gone."""
    texts = [json.dumps(one.json(), ensure_ascii=False) for one in server.requests if one.method == "POST"]
    return "\n".join(texts).replace("\\", "").replace("&#95;", "_")


HTTP: dict[str, tuple[Callable[[], Receiver], dict[str, object], str, str]] = {
    "slack": (slack.Slack, {"token_env": "SECRET", "api": "URL/api"}, slack.TOKEN, "#player"),
    "teams": (Teams, {"url_env": "SECRET"}, "URL/workflows/1/triggers/manual/paths/invoke?sig=secret", ""),
    "pagerduty": (PagerDuty, {"routing_key_env": "SECRET", "url": "URL"}, KEY, ""),
    "github": (github.GitHub, {"repository": github.REPOSITORY, "token_env": "SECRET", "url": "URL"}, github.TOKEN, ""),
    "alertmanager": (Receiver, {"url": "URL"}, "", ""),
    "apprise": (Receiver, {"url_env": "SECRET"}, "json://HOST/", ""),
}  # fmt: skip


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("kind", HTTP)
def test_a_channel_shows_what_failures_have_in_common(
    kind: str, message: Message, monkeypatch: pytest.MonkeyPatch
) -> None:
    make, options, secret, target = HTTP[kind]
    server = make()
    with server.serving() as url:
        here = {"URL": url, "HOST": url.removeprefix("http://")}
        monkeypatch.setenv("SECRET", filled(secret, here))
        given = {key: filled(value, here) if isinstance(value, str) else value for key, value in options.items()}
        assert made(kind, **given).send(target, message).result == "sent"
    assert SAID in bodies(server)


def filled(text: str, here: dict[str, str]) -> str:
    for name, value in here.items():
        text = text.replace(name, value)
    return text


@pytest.fixture
def event(message: Message, monkeypatch: pytest.MonkeyPatch) -> dict[str, object]:
    """The event that a program receives."""
    monkeypatch.setenv("SECRET", "whsec_" + base64.b64encode(b"n" * 32).decode())
    server = Webhook(b"n" * 32)
    with server.serving() as url:
        assert made("webhook", url=url, secret_env="SECRET").send("", message).result == "sent"
    return dict(server.requests[0].json())


def test_a_program_reads_the_counts(event: dict[str, object]) -> None:
    data = event["data"]
    assert isinstance(data, dict)
    [where] = data["slos"][0]["where"]
    assert where.pop("sentence").endswith(SAID)
    assert where["bad"] == where["all_bad"] > 20
    assert where == {
        "column": "error", "kind": "value", "value": "DB_DOWN", "good": 0, "all_good": where["all_good"],
        "bad": where["bad"], "all_bad": where["bad"],
    }  # fmt: skip


def test_a_mail_and_a_line_say_it(message: Message, tmp_path: Path) -> None:
    box = Mailbox()
    with box.serving() as port:
        options = {"host": "127.0.0.1", "port": port, "security": "none", "from": "kakeibo@example.org"}
        assert made("email", **options).send("sre@example.org", message).result == "sent"
    [(_, mail)] = box.received
    text, html = (part.get_content() for part in mail.iter_parts())
    assert SAID in " ".join(text.split())
    assert SAID in html
    assert made("log", file=str(tmp_path / "told.txt")).send("", message).result == "sent"
    assert message.summary in (tmp_path / "told.txt").read_text(encoding="utf-8")


def test_two_things_in_common_both_reach_pagerduty(message: Message, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its details are a table: what has the same label must not push the other out."""
    monkeypatch.setenv("SECRET", KEY)
    label, _ = next(fact for fact in message.facts if fact[1].endswith(SAID))
    server = PagerDuty()
    with server.serving() as url:
        both = replace(message, facts=(*message.facts, (label, "and region = west")))
        assert made("pagerduty", routing_key_env="SECRET", url=url).send("", both).result == "sent"
    details = server.requests[0].json()["payload"]["custom_details"]
    assert details[label].splitlines()[1:] == ["and region = west"]
    assert SAID in details[label]
