"""Slack, from a command to its answer, with a workspace that signs, counts the seconds and sends things twice."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.app.called import DEV_1, DEV_2, Site, called
from tests.servers.workspace import SECRET, signed

from kakeibo import ledger
from kakeibo.alerts.acknowledgements import acknowledgements
from kakeibo.app.chat.commands import minutes_of
from kakeibo.app.chat.manifest import SCOPES
from kakeibo.app.cli import main
from kakeibo.errors import UsageError


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    with called(tmp_path, monkeypatch) as found:
        yield found


def ask(site: Site, user: str, text: str, command: str = "/kakeibo") -> dict[str, object]:
    """The answer to a command."""
    before = len(site.slack.said)
    answer = site.slack.command(user, command, text)
    assert (answer.status, answer.text) == (200, "")
    return site.slack.wait(before + 1)[before]


def test_status_budget_oncall_and_help_are_for_whoever_asks_in_their_language(site: Site) -> None:
    status = ask(site, "U1", "status")
    assert status["response_type"] == "ephemeral"
    assert "Nothing is burning." in str(status["text"])
    assert "Play a video (success): no data" in str(status["text"])
    site.fire()
    assert "play-video/availability: nobody has taken it yet" in str(ask(site, "U1", "status")["text"])
    assert "動画を再生できる" in str(ask(site, "U2", "budget play-video")["text"])
    assert "Developer 1 (dev-1)" in str(ask(site, "U1", "oncall player")["text"])
    assert "/tel NICKNAME" in str(ask(site, "U1", "")["text"])
    assert "同僚の電話を鳴らす" in str(ask(site, "U2", "help")["text"])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("nonsense", "there is no command nonsense"),
        ("budget", "which journey?"),
        ("budget play-vidoe", "did you mean play-video?"),
        ("ack", "there is nothing open"),
        ("silence", "quiet about what?"),
        ("silence nothing", "there is no objective"),
        ("silence play-video 90d", "is not a time from 1m to 7d"),
        ("oncall nobody", "the book has: player"),
        ("<!channel>", "&lt;!channel&gt;"),
    ],
)
def test_what_cannot_be_done_is_said_to_whoever_asked(site: Site, text: str, said: str) -> None:
    answer = ask(site, "U1", text)
    assert said in str(answer["text"])
    assert answer["response_type"] == "ephemeral"


def test_a_matter_is_taken_in_chat_and_nobody_is_called_any_more(site: Site) -> None:
    group = site.fire()
    said = ask(site, "U3", "ack")
    assert (said["text"], said["response_type"]) == ("Team lead is looking into it.", "in_channel")
    site.round(hours=1)
    assert site.calls() == []
    [page] = site.pages()
    assert (page.state, page.answered_by) == ("answered", "Team lead")
    with site.store.reading() as connection:
        assert acknowledgements(connection, [group])[group].origin == "chat"
    assert ask(site, "U1", "ack play-video")["text"] == "Team lead has taken it already."


def test_buttons_take_and_silence(site: Site) -> None:
    group = site.fire()
    assert site.slack.press("U1", "kakeibo_silence", group).status == 200
    assert "quiet about play-video/availability until" in site.slack.wait(1)[0]["text"]
    [slip] = ledger.slips(site.store, "silence")
    assert (slip.author, slip.to_minute - slip.from_minute) == ("Developer 1", 60)
    assert site.slack.press("U1", "kakeibo_acknowledge", group).status == 200
    assert site.slack.wait(2)[1]["text"] == "Developer 1 is looking into it."
    assert site.slack.press("U1", "kakeibo_acknowledge", "learning:page:1").status == 200
    assert "not known any more" in site.slack.wait(3)[2]["text"]


def test_tel_rings_is_noted_and_rings_again(site: Site) -> None:
    site.exchange.habits[DEV_2] = ["no-answer", "4"]
    assert (
        ask(site, "U1", "<@U2|dev> 決済が &lt;止まって&gt; います", "/tel")["text"] == "Developer 1 calls Developer 2."
    )
    site.slack.wait(2)
    site.exchange.quiet()
    [page] = site.pages()
    assert [leg.state for leg in page.legs] == ["missed"]
    site.round(minutes=2, seconds=1)
    site.round(seconds=1)
    [page] = site.pages()
    assert site.calls() == [DEV_2, DEV_2]
    assert (page.state, page.answered_by) == ("answered", "Developer 2")
    assert "Developer 1さんが呼んでいます。決済が <止まって> います" in site.exchange.calls[1].heard[0]
    said = [ask(site, "U1", text, "/tel")["text"] for text in ("", "nobody", "lead")]
    assert [str(one).partition(":")[0] for one in said] == [
        "whom shall it ring?",
        "there is no person nobody in the book",
        "there is no telephone number of Team lead (lead)",
    ]
    assert DEV_1 not in site.calls()


def test_a_request_that_slack_sends_again_is_done_once(site: Site) -> None:
    site.exchange.habits[DEV_2] = ["no-answer"] * 2
    fields = {
        "command": "/tel",
        "text": "dev-2",
        "user_id": "U1",
        "team_id": "T012AB3CD",
        "trigger_id": "1.2",
        "response_url": f"{site.slack.hooks}/hooks/1",
    }
    body = urlencode(fields).encode()
    retry = {"X-Slack-Retry-Num": "1", "X-Slack-Retry-Reason": "http_timeout"}
    assert site.slack.post("commands", body).status == 200
    assert site.slack.post("commands", body, retry, age=1).status == 200
    site.slack.wait(2)
    assert ask(site, "U1", "help")
    assert len(site.pages()) == 1


def test_replayed_and_forged_requests_are_refused(site: Site) -> None:
    site.fire()
    fields = {"command": "/kakeibo", "text": "help", "user_id": "U1", "team_id": "T012AB3CD", "trigger_id": "1"}
    body = urlencode({**fields, "response_url": f"{site.slack.hooks}/hooks/1"}).encode()
    stamp = str(int(time.time()))
    assert site.slack.post("commands", body, age=301).status == 401
    assert site.slack.post("commands", body, age=-301).status == 401
    for signature in ("", "v0=", "v0=00", signed(body, stamp, "another"), signed(body + b"x", stamp)):
        headers = {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": signature}
        assert site.slack.post("commands", body, headers).status == 401
    assert site.slack.post("commands", body, {"X-Slack-Request-Timestamp": "soon"}).status == 401
    assert site.slack.post("commands", body, {"X-Slack-Request-Timestamp": ""}).status == 401
    known = {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": signed(body, stamp, SECRET)}
    assert [site.slack.post("commands", body, known).status for _ in range(3)] == [200, 401, 401]


def test_other_workspaces_and_unknown_people_are_refused(site: Site) -> None:
    site.fire()
    assert site.slack.command("U1", "/kakeibo", "ack", team="T0OTHER").status == 401
    stranger = site.slack.command("U9", "/kakeibo", "ack")
    assert stranger.status == 200
    assert "U9" in json.loads(stranger.text)["text"]
    assert json.loads(stranger.text)["response_type"] == "ephemeral"
    assert json.loads(site.slack.press("U9", "kakeibo_acknowledge", "x").text)["text"]
    assert site.slack.press("U1", "kakeibo_acknowledge", "x", team="T0OTHER").status == 401
    assert site.pages()[0].state == "open"
    assert site.slack.said == []


DAMAGED = [
    b"",
    b"no form",
    b"\xff\xfe",
    b"command=%FF",
    b"command=/kakeibo",
    b"payload=",
    b"payload=%7B",
    b"payload=[]",
    b"payload=1",
    urlencode({"payload": json.dumps({"user": {"id": "U1"}, "actions": []})}).encode(),
    urlencode({"payload": json.dumps({"user": "U1", "actions": [1]})}).encode(),
    b"a=" + b"x" * 70_000,
]


@pytest.mark.parametrize("body", DAMAGED, ids=range(len(DAMAGED)))
def test_damaged_forms_get_one_clear_answer(site: Site, body: bytes) -> None:
    for age, name in ((0, "commands"), (60, "actions")):  # the same form with the same time would be a replay
        answer = site.slack.post(name, body, age=age)
        assert answer.status == (413 if len(body) > 65_536 else 400)
        assert answer.text
        assert site.slack.post(name, body, {"Content-Type": "text/plain"}, age=120 + age).status == 415


KEYS = st.sampled_from(["user", "team", "actions", "type", "view", "channel", "command", "id", "value", "action_id"])
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.just("block_actions") | st.just("U1"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=12,
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.dictionaries(KEYS, VALUES, max_size=6))
def test_no_payload_is_our_fault(site: Site, payload: dict[str, object]) -> None:
    answer = site.slack.post("actions", urlencode({"payload": json.dumps(payload), "n": str(id(payload))}).encode())
    assert answer.status < 500
    odd = {"command": str(payload), "user_id": "U1", "team_id": "T012AB3CD", "trigger_id": "1"}
    assert site.slack.post("commands", urlencode(odd).encode()).status < 500


def test_a_book_that_is_held_is_said_and_not_lost(site: Site) -> None:
    site.fire()
    with site.store.writing():  # held for a moment: the acknowledgement does not wait for it
        assert site.slack.command("U1", "/kakeibo", "ack").status == 200
        assert site.slack.said == []
    assert site.slack.wait(1)[0]["text"] == "Developer 1 is looking into it."


def test_the_manifest_is_what_slack_takes(
    site: Site, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(site.path)
    with pytest.raises(SystemExit) as ended:
        main(["chat", "manifest", "--url", "https://kakeibo.example.org/"])
    assert not ended.value.code
    found = json.loads(capsys.readouterr().out)
    base = "https://kakeibo.example.org/chat/slack"
    assert {one["command"]: one["url"] for one in found["features"]["slash_commands"]} == {
        "/kakeibo": f"{base}/commands",
        "/tel": f"{base}/commands",
    }
    assert found["settings"]["interactivity"] == {"is_enabled": True, "request_url": f"{base}/actions"}
    assert found["oauth_config"]["scopes"]["bot"] == list(SCOPES)
    assert len(found["display_information"]["description"]) <= 140
    with pytest.raises(SystemExit) as refused:
        main(["chat", "manifest", "--url", "http://kakeibo.example.org"])
    assert refused.value.code == 1
    assert "no address that Slack would call" in capsys.readouterr().err


@given(st.integers(1, 7 * 24 * 60))
def test_spans_are_read(minutes: int) -> None:
    if minutes < 10_000:
        assert minutes_of(f"{minutes}m") == minutes
    if minutes % 60 == 0:
        assert timedelta(minutes=minutes_of(f"{minutes // 60}h")) == timedelta(minutes=minutes)


@pytest.mark.parametrize("text", ["", "0m", "1", "h", "-1h", "1w", "8d", "99999m", "１h"])
def test_what_is_no_span(text: str) -> None:
    with pytest.raises(UsageError):
        minutes_of(text)
