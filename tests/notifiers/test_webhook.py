"""The webhook: what a receiver that follows Standard Webhooks and CloudEvents makes of it."""

from __future__ import annotations

import base64
import json
from dataclasses import replace

import pytest
from tests.notifiers.made import FIRING, made
from tests.servers.receiver import Reply
from tests.servers.webhook import Webhook

from kakeibo.notifiers import webhook

NEW, OLD = b"n" * 32, b"o" * 24


@pytest.fixture(autouse=True)
def secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEW", "whsec_" + base64.b64encode(NEW).decode())
    monkeypatch.setenv("OLD", "whsec_" + base64.b64encode(OLD).decode())
    monkeypatch.setenv("PLAIN", "ひみつ")
    monkeypatch.setenv("BROKEN", "whsec_not base64!")


@pytest.mark.parametrize("secret", [NEW, OLD])
def test_both_secrets_hold_while_one_replaces_the_other(secret: bytes) -> None:
    receiver = Webhook(secret)
    with receiver.serving() as url:
        assert made("webhook", url=url, secret_env=["NEW", "OLD"]).send("", FIRING).result == "sent"


def test_a_wrong_secret_and_no_secret_are_refused() -> None:
    receiver = Webhook(b"another")
    with receiver.serving() as url:
        wrong = made("webhook", url=url, secret_env="NEW").send("", FIRING)
        none = made("webhook", url=url).send("", FIRING)
        broken = made("webhook", url=url, secret_env="BROKEN").send("", FIRING)
    assert (wrong.result, none.result, broken.result) == ("refused", "refused", "refused")
    assert "no matching signature found" in wrong.detail
    assert "whsec_" in broken.detail
    assert len(receiver.requests) == 2


def test_a_secret_of_another_form_is_taken_as_it_is() -> None:
    receiver = Webhook("ひみつ".encode())
    with receiver.serving() as url:
        assert made("webhook", url=url, secret_env="PLAIN").send("", FIRING).result == "sent"


def test_sent_again_it_has_the_same_id() -> None:
    receiver = Webhook(NEW)
    with receiver.serving() as url:
        channel = made("webhook", url=url, secret_env="NEW")
        outcomes = [channel.send("", FIRING) for _ in range(2)]
    assert [outcome.detail for outcome in outcomes] == ["", "seen before"]
    assert {request.headers["webhook-id"] for request in receiver.requests} == {FIRING.id}
    assert {outcome.reference for outcome in outcomes} == {FIRING.id}


def test_the_event() -> None:
    receiver = Webhook(NEW)
    with receiver.serving() as url:
        made("webhook", url=url, secret_env="NEW", source="https://kakeibo.example").send("", FIRING)
    (request,) = receiver.requests
    assert "緊急" in request.body.decode()  # UTF-8, not escaped
    assert request.json() == {
        "specversion": "1.0",
        "id": "flip-17-slack",
        "source": "https://kakeibo.example",
        "type": "kakeibo.firing",
        "time": "2026-11-21T17:23:00Z",
        "subject": "learning:page:29836990",
        "datacontenttype": "application/json",
        "data": {
            "version": 1,
            "kind": "firing",
            "group": "learning:page:29836990",
            "service": "learning",
            "team": "player",
            "since": "2026-11-21T16:51:00Z",
            "runbook": None,
            "subject": FIRING.subject,
            "summary": FIRING.summary,
            "language": "ja",
        },
    }


def test_a_message_without_data_is_an_event_too() -> None:
    event = webhook.event(replace(FIRING, data={}), "/kakeibo")
    assert isinstance(event["data"], dict)
    assert event["data"]["version"] == 1
    assert json.dumps(event)


def test_the_example_of_the_specification() -> None:
    """The vector that its reference libraries test with."""
    body = b'{"test": 2432232314}'
    headers = webhook.signed(
        "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, body, ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"]
    )
    assert headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_a_token_goes_along(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BEARER", "abc")
    receiver = Webhook(NEW)
    receiver.troubles = [Reply(202)]
    with receiver.serving() as url:
        assert made("webhook", url=url, token_env="BEARER").send("", FIRING).result == "sent"
    assert receiver.requests[0].headers["authorization"] == "Bearer abc"
    assert "webhook-signature" not in receiver.requests[0].headers
