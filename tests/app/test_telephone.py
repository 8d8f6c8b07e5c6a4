"""The telephone, from an alert to the answer, with an exchange that dials, listens and presses keys."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest
from tests.app.called import DEV_1, DEV_2, START, Site, called
from tests.servers.exchange import posted, signed

from kakeibo import clock
from kakeibo.alerts.acknowledgements import acknowledgements
from kakeibo.app.calling import to_json
from kakeibo.app.cli import main
from kakeibo.app.phone.signatures import signature
from kakeibo.notifiers.sms import code
from kakeibo.store import outbox
from kakeibo.store.outbox import Letter


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    with called(tmp_path, monkeypatch) as found:
        yield found


def test_a_page_rings_is_taken_by_a_key_and_nobody_else_is_called(site: Site) -> None:
    group = site.fire()
    with site.store.writing() as connection:
        outbox.put(connection, [Letter("k", f"matter:{group}", "slack", "", "{}", 0)], clock.second_of(START))
    site.exchange.habits[DEV_1] = ["4"]
    site.round()
    assert site.calls() == [DEV_1]
    [call] = site.exchange.calls
    assert "Play a video" in call.heard[0]
    assert "Press 4" in call.heard[0]
    assert call.heard[-1] == "Thank you. You have taken it; nobody else is called."
    [page] = site.pages()
    assert (page.state, page.answered_by) == ("answered", "Developer 1")
    site.round(minutes=30)
    assert site.calls() == [DEV_1]
    assert outbox.channels_due(site.store, clock.second_of(site.now)) == []  # the letter was called off
    with site.store.reading() as connection:
        [taken] = acknowledgements(connection, [group]).values()
    assert (taken.author, taken.origin, taken.at) == ("Developer 1", "phone", clock.second_of(START))


@pytest.mark.parametrize("habit", ["busy", "no-answer", "failed", ""])
def test_a_call_that_is_not_taken_brings_the_next_person_at_once(site: Site, habit: str) -> None:
    site.fire()
    site.exchange.habits = {DEV_1: [habit], DEV_2: ["4"]}
    site.round()
    site.round(seconds=10)
    assert site.calls() == [DEV_1, DEV_2]
    [page] = site.pages()
    assert [leg.state for leg in page.legs] == ["missed", "sent"]
    assert page.answered_by == "Developer 2"
    assert "動画を再生できる" in site.exchange.calls[1].heard[0]
    assert "担当になりました" in site.exchange.calls[1].heard[-1]


def test_nobody_answers_and_the_exchange_says_nothing(site: Site) -> None:
    """Without a callback (ours was not reached) the next person is called within the delay and two rounds."""
    site.fire()
    site.exchange.habits = {DEV_1: ["ringing"], DEV_2: ["4"]}  # rings for ever
    site.round()
    site.round(minutes=4, seconds=59)
    assert site.calls() == [DEV_1]
    site.round(seconds=2)
    assert site.calls() == [DEV_1, DEV_2]


def test_a_wrong_key_repeats_the_message_and_6_says_that_it_is_over(site: Site) -> None:
    group = site.fire()
    site.exchange.habits[DEV_1] = ["76"]
    site.round()
    [call] = site.exchange.calls
    first, again, thanks = call.heard[0], call.heard[3], call.heard[-1]
    assert first == again
    assert thanks == "Thank you. It is noted as over."
    assert site.pages()[0].state == "resolved"
    with site.store.reading() as connection:
        assert acknowledgements(connection, [group])[group].note == "it is over"


def test_a_text_message_with_the_code_takes_it_once(site: Site) -> None:
    group = site.fire()
    url = f"{site.ours}/phone/twilio/sms"
    assert "There is nothing open" in site.exchange.text(url, DEV_1, "4 ZZZZ")[1]
    assert "4 K7QX" in site.exchange.text(url, DEV_1, "hello?")[1]
    assert site.exchange.text(url, "+819099999999", f"4 {code(group)}") == (200, "<Response />")
    assert site.pages()[0].state == "open"
    said = [site.exchange.text(url, DEV_1, text)[1] for text in (f"４　{code(group).lower()}", f"4{code(group)}")]
    assert all("You have taken it" in one for one in said)
    assert site.pages()[0].answered_by == "Developer 1"
    late = site.exchange.text(url, DEV_2, f"4 {code(group)}", "SM2")[1]
    assert "There is nothing open" not in late
    assert "Developer 1" in late


def test_forged_and_damaged_requests_get_one_clear_answer(site: Site) -> None:
    site.fire()
    for name in ("voice", "gather", "status", "sms"):
        url = f"{site.ours}/phone/twilio/{name}?id=page:1:1"
        fields = {"AccountSid": "x", "Digits": "4", "CallStatus": "busy"}
        assert site.exchange.post(url, fields, signature="")[0] == 401
        assert site.exchange.post(url, fields, signature=signed(url, fields, "another"))[0] == 401
        other = signed(url.replace("1:1", "1:2"), {"Digits": "4"})
        assert site.exchange.post(url, {"Digits": "4"}, signature=other)[0] == 401
        for body, kind, status in (
            (b"a=" + b"x" * 100_000, "application/x-www-form-urlencoded", 413),
            (b"no form", "application/x-www-form-urlencoded", 400),
            (b"a=%FF", "application/x-www-form-urlencoded", 400),
            (b"\xff\xfe", "application/x-www-form-urlencoded", 400),
            (b"&".join(b"a=1" for _ in range(300)), "application/x-www-form-urlencoded", 400),
            (b"{}", "application/json", 415),
        ):
            found, text = posted(url, body, {"Content-Type": kind})
            assert (found, bool(text)) == (status, True)
    assert site.pages()[0].state == "open"


@pytest.mark.parametrize("identity", ["", "page:1:999", "page:x:1", "leg", "page:1:" + "9" * 40])
def test_calls_that_are_not_known(site: Site, identity: str) -> None:
    for name in ("voice", "gather", "status"):
        url = f"{site.ours}/phone/twilio/{name}?{urlencode({'id': identity})}"
        status, text = site.exchange.post(url, {"CallSid": "CA", "Digits": "4", "CallStatus": "busy"})
        assert status in (200, 204)
        assert "<Gather" not in text


def test_the_signature_is_the_one_that_twilio_documents() -> None:
    """The worked example of https://www.twilio.com/docs/usage/security."""
    url = "https://mycompany.com/myapp.php?foo=1&bar=2"
    fields = {
        "CallSid": "CA1234567890ABCDE",
        "Caller": "+14158675309",
        "Digits": "1234",
        "From": "+14158675309",
        "To": "+18005551212",
    }
    assert signature("12345", url, fields.items()) == "RSOYDt4T1cUTdK1PDd93/VVr8B8="


def test_kakeibo_page_rings_and_waits(
    site: Site, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(site.path)
    site.exchange.habits = {DEV_1: ["4"], DEV_2: ["ringing"]}
    assert run("page", "dev-1", "--message", "the site is down", "--by", "Support", "--wait") == 0
    assert "Developer 1 answered" in capsys.readouterr().out
    assert "Support asks for you: the site is down" in site.exchange.calls[0].heard[0]
    assert run("page", "Developer 2", "--by", "Support") == 0
    assert "the telephone of Developer 2 (dev-2) rings" in capsys.readouterr().out
    assert run("page", "dev1") == 1
    assert "did you mean dev-1?" in capsys.readouterr().err
    assert run("page", "lead") == 1
    assert "there is no telephone number of Team lead" in capsys.readouterr().err


def test_kakeibo_page_says_when_nobody_answers(
    site: Site, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from datetime import timedelta

    def sleep(seconds: float) -> None:
        site.exchange.quiet()
        site.now += timedelta(seconds=40 * seconds)

    monkeypatch.chdir(site.path)
    monkeypatch.setattr(clock, "sleep", sleep)
    assert run("page", "dev-1", "--by", "Support", "--wait", "--json") == 1
    assert '"state":"unanswered"' in capsys.readouterr().out
    assert site.calls() == [DEV_1] * 3
    assert b'"state":"missed"' in to_json(site.pages()[0])


def run(*arguments: str) -> int:
    with pytest.raises(SystemExit) as ended:
        main(list(arguments))
    return int(ended.value.code or 0)
