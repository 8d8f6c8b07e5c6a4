"""Incidents in the chat: run where people talk, with a timeline that marked messages enter."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.app.called import Site, called
from tests.app.test_chat import ask

from kakeibo.app.incident_desk import Desk, New
from kakeibo.incidents import records
from kakeibo.incidents.nouns import Incident

STAMP = "1790823600.000200"


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    with called(tmp_path, monkeypatch) as found:
        yield found


def one(site: Site, number: int = 1) -> Incident:
    return records.incident(site.store, number)


def test_an_incident_is_opened_led_and_closed_in_chat(site: Site) -> None:
    said = ask(site, "U1", "incident open Play a video fails <now>")
    assert said["response_type"] == "in_channel"
    assert said["text"] == "Developer 1 opens Incident 1: Play a video fails &lt;now&gt;."
    assert one(site).slos == ("play-video/availability", "play-video/latency")
    for words in (
        "incident role commander",
        "incident role 1 scribe Developer 2",
        "incident update everyone Videos may stop.",
        "incident task stop the reports @dev-2",
        "incident done 1",
        "incident note load at 90",
        "incident mitigate reports stopped",
    ):
        assert ask(site, "U1", words)["response_type"] == "in_channel", words
    late = str(ask(site, "U2", "incident")["text"])
    assert "Developer 1" in late
    assert "Videos may stop." in late
    assert (
        ask(site, "U1", "incident resolve")["text"] == "Incident 1: Play a video fails &lt;now&gt;: Over. (Developer 1)"
    )
    found = one(site)
    assert (found.state, found.origin, found.roles) == (
        "resolved",
        "chat",
        {"commander": "Developer 1", "scribe": "Developer 2"},
    )
    assert {entry.door for entry in found.timeline if entry.author != "kakeibo"} == {"chat"}
    assert [(task.text, task.owner, task.done is not None) for task in found.tasks] == [
        ("stop the reports", "dev-2", True)
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("incident dance", "there is no command incident dance"),
        ("incident show", "no incident is going on"),
        ("incident open", "--title is empty"),
        ("incident resolve 7", "there is no incident 7"),
    ],
)
def test_what_cannot_be_done_is_said(site: Site, text: str, said: str) -> None:
    answer = ask(site, "U1", text)
    assert answer["response_type"] == "ephemeral"
    assert said in str(answer["text"])


def test_with_several_going_on_one_is_to_be_named(site: Site) -> None:
    for title in ("first", "second"):
        ask(site, "U1", f"incident open {title}")
    assert "several are going on: 2 (second), 1 (first)" in str(ask(site, "U1", "incident ack")["text"])
    ask(site, "U1", "incident ack 1")
    assert [found.state for found in records.incidents(site.store)] == ["open", "acknowledged"]


def test_private_incidents_are_not_spoken_of(site: Site) -> None:
    Desk(site.book, site.store, "lead").open(New("Accounts", private=True))
    assert "Nothing is wrong" in str(ask(site, "U1", "incident list")["text"])
    assert "no incident is going on" in str(ask(site, "U1", "incident")["text"])


def test_a_marked_message_enters_the_timeline_once(site: Site) -> None:
    assert site.slack.react("U1", "memo", STAMP).status == 200  # no incident is going on
    ask(site, "U1", "incident open Videos")
    assert site.slack.react("U1", "thumbsup", STAMP).status == 200
    assert site.slack.react("U1", "memo", STAMP, event="Ev-a").status == 200
    assert site.slack.react("U2", "memo", STAMP, event="Ev-b").status == 200  # the same message
    [entry] = [entry for entry in one(site).timeline if entry.kind == "message"]
    assert (entry.author, entry.at) == ("Developer 1", min(1_790_823_600, int(site.now.timestamp())))
    assert entry.text == "https://slack.com/archives/C012AB3CD/p1790823600000200"


def test_slack_is_told_that_the_address_is_ours(site: Site) -> None:
    answer = site.slack.tell(json.dumps({"type": "url_verification", "challenge": "c1", "token": "t"}).encode())
    assert (answer.status, json.loads(answer.text)) == (200, {"challenge": "c1"})


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b'{"type": "event_callback", "event": 1}', b'{"type": 1}'])
def test_damaged_events_get_one_clear_answer(site: Site, body: bytes) -> None:
    assert site.slack.tell(body).status == 400
    assert (
        site.slack.post("events", body, {"X-Slack-Signature": "v0=0", "Content-Type": "application/json"}).status == 401
    )
    assert site.slack.post("events", body).status == 415
