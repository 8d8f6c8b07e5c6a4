"""A real Alertmanager takes our alerts, keeps one for each group, and takes them for over when we say so."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from tests.notifiers.made import FIRING, LONG, OVER, made
from tests.servers.alertmanager import alerts, serving
from tests.servers.receiver import Receiver, Reply

from kakeibo import clock
from kakeibo.notifiers.alertmanager import HOLD, Alertmanager


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with serving(tmp_path_factory.mktemp("alertmanager")) as address:
        yield address


def test_one_alert_from_beginning_to_end(url: str) -> None:
    channel, now = made("alertmanager", url=f"{url}/"), int(clock.now().timestamp())
    firing = replace(FIRING, at=now - 60)
    for message in (firing, replace(firing, id="again", summary="今も続いています。")):
        assert channel.send("", message).result == "sent"
    (found,) = alerts(url)
    assert found["labels"] == {
        "alertname": "ErrorBudgetBurn",
        "group": FIRING.group,
        "service": "learning",
        "severity": "page",
        "team": "player",
    }
    assert found["annotations"]["summary"] == FIRING.subject
    assert found["annotations"]["description"] == "今も続いています。"
    assert found["generatorURL"] == "https://kakeibo.example/alerts"
    assert datetime.fromisoformat(found["startsAt"]) == datetime(2026, 11, 21, 16, 51, tzinfo=UTC)
    left = datetime.fromisoformat(found["endsAt"]).timestamp() - now
    assert Alertmanager.repeat * 3 <= HOLD
    assert HOLD - 5 <= left <= HOLD + 60
    assert channel.send("", replace(OVER, at=now - 1)).result == "sent"
    assert alerts(url) == []


def test_messages_of_other_kinds_are_taken(url: str) -> None:
    channel = made("alertmanager", url=url)
    trouble = replace(FIRING, group="worker", kind="worker", severity=None, data={}, links=(), actions=())
    long = replace(LONG, group="long", at=int(clock.now().timestamp()))
    assert [channel.send("", message).result for message in (trouble, long)] == ["sent", "sent"]
    channel.send("", replace(trouble, group="test", kind="notice", at=int(clock.now().timestamp())))
    (test,) = [alert for alert in alerts(url) if alert["labels"]["group"] == "test"]
    assert datetime.fromisoformat(test["endsAt"]).timestamp() < clock.now().timestamp() + 600
    names = {alert["labels"]["group"]: alert["labels"]["alertname"] for alert in alerts(url)}
    assert names["worker"] == "Kakeibo"


def test_a_refusal_in_its_words(url: str) -> None:
    outcome = made("alertmanager", url=url).send("", replace(FIRING, data={"since": "yesterday"}))
    assert outcome.result == "refused"
    assert "startsAt" in outcome.detail or "yesterday" in outcome.detail


def test_how_it_is_let_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET", "ab:c")
    receiver = Receiver()
    receiver.troubles = [Reply(200), Reply(200)]
    with receiver.serving() as address:
        made("alertmanager", url=address, username="kakeibo", password_env="SECRET").send("", FIRING)
        made("alertmanager", url=address, token_env="SECRET").send("", FIRING)
    assert [request.headers["authorization"] for request in receiver.requests] == [
        "Basic a2FrZWlibzphYjpj",
        "Bearer ab:c",
    ]
