"""Microsoft Teams: a card that fits, in which nothing is taken for Markdown."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.notifiers.made import FIRING, LONG, OVER, made
from tests.servers.teams import Teams

from kakeibo.notifiers.kinds import Message
from kakeibo.notifiers.teams import plain

PATH = "/workflows/1/triggers/manual/paths/invoke?sig=secret"


@pytest.mark.parametrize("message", [FIRING, OVER, LONG, replace(FIRING, facts=(), links=(), actions=(), data={})])
def test_a_card_is_taken(message: Message, monkeypatch: pytest.MonkeyPatch) -> None:
    server = Teams()
    with server.serving() as url:
        monkeypatch.setenv("WORKFLOW", url + PATH)
        outcome = made("teams", url_env="WORKFLOW").send("", message)
    assert outcome.result == "sent", outcome


def test_the_card(monkeypatch: pytest.MonkeyPatch) -> None:
    server = Teams()
    with server.serving() as url:
        monkeypatch.setenv("WORKFLOW", url + PATH)
        made("teams", url_env="WORKFLOW").send("", FIRING)
    card = server.requests[0].json()["attachments"][0]["content"]
    heading, summary, facts = card["body"]
    assert (heading["text"], heading["color"], card["lang"]) == (FIRING.subject, "Attention", "ja")
    assert "3.2%" in summary["text"]
    assert facts["facts"] == [{"title": "失敗", "value": "3.2%"}, {"title": "残り", "value": "41%"}]
    assert [one["title"] for one in card["actions"]] == ["手順書", "対応します"]


def test_a_wrong_address_is_refused_and_not_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    server = Teams()
    with server.serving() as url:
        monkeypatch.setenv("WORKFLOW", f"{url}/workflows/1/x?sig=very-secret")
        outcome = made("teams", url_env="WORKFLOW").send("", FIRING)
    assert outcome.result == "refused"
    assert "very-secret" not in outcome.detail


def test_names_with_stars_and_brackets_stay_as_they_are() -> None:
    assert plain("error = [DB_DOWN] *x*", 99) == "error = \\[DB\\_DOWN\\] \\*x\\*"
