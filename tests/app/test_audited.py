"""Whoever changes something, and by whichever door, is in the audit log."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest
from tests.app.called import DEV_1, Site, called

import kakeibo
from kakeibo.app.audit_lines import ACTIONS, words
from kakeibo.postmortems.comments import Kind
from kakeibo.store import audit


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    with called(tmp_path, monkeypatch) as found:
        yield found


def done(site: Site) -> list[tuple[str, str, str]]:
    """(door, who, what), the oldest first."""
    return [(one.door, one.who, one.action) for one in reversed(audit.entries(site.store, 50))]


def test_what_is_done_in_chat_came_through_chat(site: Site) -> None:
    """Bolt answers in threads of its own: what they write is of chat all the same."""
    group = site.fire()
    site.slack.command("U1", "/kakeibo", "silence play-video 1h moved")
    site.slack.wait(1)
    site.slack.press("U3", "kakeibo_acknowledge", group)
    site.slack.wait(2)
    site.exchange.habits[DEV_1] = ["4"]
    site.slack.command("U3", "/tel", "dev-1 please help")
    site.slack.wait(4)
    site.exchange.quiet()
    assert done(site) == [
        ("chat", "Developer 1", "silence.entered"),
        ("chat", "Team lead", "alert.taken"),
        ("chat", "Team lead", "page.answered"),
        ("chat", "Team lead", "call"),
        ("telephone", "Developer 1", "alert.taken"),
        ("telephone", "Developer 1", "page.answered"),
    ]


@pytest.mark.parametrize(("key", "last"), [("4", "page.answered"), ("6", "page.resolved")])
def test_what_is_done_by_telephone_came_through_the_telephone(site: Site, key: str, last: str) -> None:
    site.fire()
    site.exchange.habits[DEV_1] = [key]
    site.round()
    assert set(done(site)) == {("telephone", "Developer 1", "alert.taken"), ("telephone", "Developer 1", last)}
    before = done(site)
    site.slack.command("U2", "/kakeibo", "status")  # reading is no change
    site.slack.wait(1)
    assert done(site) == before


def test_every_action_that_is_noted_has_words() -> None:
    sources = "\n".join(path.read_text(encoding="utf-8") for path in Path(kakeibo.__file__).parent.rglob("*.py"))
    calls = "\n".join(re.findall(r"_audit\(.*", sources))
    noted = set(re.findall(r'"(incident\.[a-z_]+)"', calls)) | {"incident.note", "incident.update"}
    noted |= {f"postmortem.{kind}" for kind in get_args(Kind)}
    noted |= set(re.findall(r'audit\.note\(\s*connection, (?:""|[^"\n]*?), "([a-z.-]+)"', sources))
    assert {"token.created", "call", "release", "support.asked", "alerts.received"} <= noted
    assert {"incident.opened", "incident.task_done", "postmortem.question"} <= noted
    assert noted <= set(ACTIONS)
    assert words("oncall.swap") != "oncall.swap"
    assert words("something.new") == "something.new"
