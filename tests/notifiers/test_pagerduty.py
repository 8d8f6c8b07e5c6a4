"""PagerDuty: one incident from its beginning to its end, and what its API refuses."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from tests.notifiers.made import FIRING, LONG, OVER, TAKEN, made
from tests.servers.pagerduty import KEY, PagerDuty

from kakeibo.notifiers.kinds import Message, Notifier
from kakeibo.notifiers.pagerduty import key_of


@pytest.fixture
def server() -> PagerDuty:
    return PagerDuty()


@pytest.fixture
def channel(server: PagerDuty, monkeypatch: pytest.MonkeyPatch) -> Iterator[Notifier]:
    monkeypatch.setenv("KEY", KEY)
    with server.serving() as url:
        yield made("pagerduty", url=f"{url}/", routing_key_env="KEY")


def test_one_incident_from_beginning_to_end(channel: Notifier, server: PagerDuty) -> None:
    states = []
    for message in (FIRING, FIRING, TAKEN, OVER):
        outcome = channel.send("", message)
        assert (outcome.result, outcome.reference) == ("sent", FIRING.group)
        states.append(server.states[FIRING.group])
    assert states == ["triggered", "triggered", "acknowledged", "resolved"]
    assert len(server.states) == 1


def test_the_event(channel: Notifier, server: PagerDuty) -> None:
    channel.send("", FIRING)
    event = server.requests[0].json()
    payload = event["payload"]
    assert payload["summary"].startswith("緊急: 動画を再生できる")
    assert (payload["severity"], payload["source"], payload["class"]) == ("critical", "learning", "firing")
    assert payload["custom_details"] == {"失敗": "3.2%", "残り": "41%"}
    assert event["links"] == [{"href": "https://wiki.example/learning?a=1&b=2", "text": "手順書"}]
    assert event["client_url"] == "https://kakeibo.example/alerts"


@pytest.mark.parametrize(
    ("message", "severity"),
    [
        (replace(FIRING, severity="ticket"), "warning"),
        (replace(FIRING, severity=None, kind="notice", data={}), "info"),
        (replace(FIRING, kind="no_data"), "critical"),
        (LONG, "critical"),
    ],
)
def test_everything_else_that_is_said_fits(
    message: Message, severity: str, channel: Notifier, server: PagerDuty
) -> None:
    assert channel.send("", message).result == "sent"
    assert server.requests[0].json()["payload"]["severity"] == severity


def test_a_wrong_key_is_refused_in_its_words(
    channel: Notifier, server: PagerDuty, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KEY", "short")
    outcome = channel.send("", FIRING)
    assert outcome.result == "refused"
    assert "Length of 'routing_key' is incorrect" in outcome.detail
    assert server.states == {}


def test_a_long_group_has_a_short_key() -> None:
    assert key_of("a:page:1") == "a:page:1"
    assert len(key_of("a" * 300)) == 64
    assert key_of("a" * 300) != key_of("a" * 301)
