"""The telephone and SMS: what is said, how it is answered, and what Twilio refuses."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.notifiers.made import FIRING, LONG, OVER, made
from tests.servers.twilio import ACCOUNT, TOKEN, Twilio, form, understood

from kakeibo.notifiers.phone import call
from kakeibo.notifiers.sms import body, code

NUMBER = "+81 90-1234-5678"
ANSWERS = "https://kakeibo.example/twilio/answer"


@pytest.fixture
def server() -> Twilio:
    return Twilio()


@pytest.fixture
def options(server: Twilio, monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, object]]:
    monkeypatch.setenv("TOKEN", TOKEN)
    with server.serving() as url:
        yield {"api": url, "account": ACCOUNT, "token_env": "TOKEN", "from": "+815012345678"}


def test_a_call(options: dict[str, object], server: Twilio) -> None:
    outcome = made("phone", **options, answer_url=ANSWERS, ring=40).send(NUMBER, FIRING)
    assert (outcome.result, outcome.reference) == ("sent", "CA1")
    fields = form(server.requests[0])
    assert (fields["To"], fields["Timeout"]) == ("+819012345678", "40")
    said = ElementTree.fromstring(fields["Twiml"])
    gather = said[0]
    assert [verb.tag for verb in said] == ["Gather", "Say"]
    assert [verb.tag for verb in gather] == ["Say", "Pause", "Say"]
    assert {verb.get("language") for verb in said.iter("Say")} == {"ja-JP"}
    assert "動画を再生できる（成功）" in (gather[0].text or "")
    assert "4" in (gather[0].text or "")
    action = urlsplit(gather.get("action") or "")
    assert f"{action.scheme}://{action.netloc}{action.path}" == f"{ANSWERS}/gather"
    assert parse_qs(action.query) == {"id": [FIRING.id]}


def test_what_cannot_be_answered_is_only_said(options: dict[str, object], server: Twilio) -> None:
    made("phone", **options, answer_url=ANSWERS).send(NUMBER, OVER)
    made("phone", **options).send(NUMBER, replace(FIRING, language="en", subject="Urgent: play", summary="It fails."))
    over, nobody = (ElementTree.fromstring(form(request)["Twiml"]) for request in server.requests)
    assert [verb.tag for verb in over] == ["Say", "Pause", "Say"]
    assert [(verb.tag, verb.get("language"), verb.text) for verb in nobody] == [
        ("Say", "en-US", "Urgent: play. It fails."),
        ("Pause", None, None),
        ("Say", "en-US", "Urgent: play. It fails."),
    ]


@given(st.text(max_size=5000), st.sampled_from(["ja", "en"]))
def test_whatever_is_said_is_understood(text: str, language: str) -> None:
    assert understood(call(replace(LONG, summary=text, language=language), ANSWERS, "learning:page:1"))


def test_an_sms_with_its_code(options: dict[str, object], server: Twilio) -> None:
    outcome = made("sms", **options, answer_url=ANSWERS).send(NUMBER, FIRING)
    assert (outcome.result, outcome.reference) == ("sent", "SM1")
    text = form(server.requests[0])["Body"]
    assert text.startswith(FIRING.brief)
    assert code(FIRING.group) in text
    assert len(text) < 160


def test_an_sms_that_cannot_be_answered(options: dict[str, object], server: Twilio) -> None:
    made("sms", **options).send(NUMBER, FIRING)
    made("sms", **options, answer_url=ANSWERS).send(NUMBER, OVER)
    assert [form(request)["Body"] for request in server.requests] == [FIRING.brief, OVER.brief]
    assert len(body(replace(LONG, brief=""))) <= 300


def test_codes_are_the_same_every_time_and_easy_to_read() -> None:
    codes = {code(f"learning:page:{n}") for n in range(500)}
    assert code("learning:page:29836990") == code(FIRING.group)
    assert len(codes) > 498
    assert not set("".join(codes)) & set("01OIL")


@pytest.mark.parametrize("kind", ["phone", "sms"])
@pytest.mark.parametrize("number", ["", "090-1234-5678", "+0123456789", "#player", "+81", "+8190123456789012"])
def test_what_is_no_number_is_not_called(kind: str, number: str, options: dict[str, object], server: Twilio) -> None:
    outcome = made(kind, **options).send(number, FIRING)
    assert outcome.result == "refused"
    assert not number or number not in outcome.detail
    assert server.requests == []


def test_its_refusals_in_its_words(options: dict[str, object], monkeypatch: pytest.MonkeyPatch) -> None:
    elsewhere = made("phone", **options).send("+15005550001", FIRING)
    monkeypatch.setenv("TOKEN", "wrong")
    unknown = made("sms", **options).send(NUMBER, FIRING)
    assert (elsewhere.result, unknown.result) == ("refused", "refused")
    assert "21211 Invalid 'To' Phone Number" in elsewhere.detail
    assert "20003 Authenticate" in unknown.detail


def test_who_asks_for_somebody_alone_promises_nobody_else() -> None:
    """A direct call has nobody behind it; an alert has."""
    alert, direct = replace(FIRING, language="en"), replace(FIRING, language="en", kind="notice")
    assert call(alert, ANSWERS, "x").count("Somebody else will be called") == 1
    assert "Somebody else" not in call(direct, ANSWERS, "x")
    assert "There was no answer." in call(direct, ANSWERS, "x")
