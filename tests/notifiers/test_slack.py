"""Slack: posts, threads, buttons, limits, and what its errors mean."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from tests.notifiers.made import FIRING, LONG, OVER, made
from tests.servers.receiver import reply_json
from tests.servers.slack import TOKEN, Incoming, Slack, wrong_blocks

from kakeibo.notifiers.kinds import Notifier
from kakeibo.notifiers.slack import escaped


@pytest.fixture
def slack() -> Slack:
    return Slack()


@pytest.fixture
def url(slack: Slack, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setenv("SLACK_TOKEN", TOKEN)
    with slack.serving() as address:
        yield f"{address}/api"


@pytest.fixture
def channel(url: str) -> Notifier:
    return made("slack", api=url, token_env="SLACK_TOKEN", channel="#player")


def test_a_message(channel: Notifier, slack: Slack) -> None:
    outcome = channel.send("", FIRING)
    assert (outcome.result, outcome.reference) == ("sent", "C012AB3CD/1795281805.000001")
    posted = slack.requests[0].json()
    assert posted["channel"] == "#player"
    assert "&lt;b&gt;&amp;" in posted["text"]
    assert "<b>" not in slack.requests[0].body.decode()
    assert "動画を再生できる" in posted["text"]
    assert {block["type"] for block in posted["blocks"]} == {"header", "section", "context", "actions"}
    (button,) = posted["blocks"][-1]["elements"]  # only that which has a link: nobody would take the answer
    assert button["url"] == "https://kakeibo.example/alerts"
    assert "<https://wiki.example/learning?a=1&amp;b=2|手順書>" in str(posted["blocks"])


def test_a_target_goes_before_the_channels_own(channel: Notifier, slack: Slack) -> None:
    assert channel.send("U012AB3CD", FIRING).result == "sent"
    assert slack.requests[0].json()["channel"] == "U012AB3CD"


def test_later_messages_stand_below_the_first(channel: Notifier, slack: Slack) -> None:
    first = channel.send("", FIRING)
    channel.send("", replace(OVER, thread=first.reference))
    posted = slack.requests[1].json()
    assert (posted["thread_ts"], posted["reply_broadcast"]) == ("1795281805.000001", True)
    assert "thread_ts" not in slack.requests[0].json()


def test_buttons_carry_the_alert_where_the_app_answers(url: str, slack: Slack) -> None:
    made("slack", api=url, token_env="SLACK_TOKEN", channel="#player", buttons=True).send("", FIRING)
    buttons = slack.requests[0].json()["blocks"][-1]["elements"]
    assert [(one["action_id"], one["value"]) for one in buttons] == [
        ("kakeibo_acknowledge", "learning:page:29836990"),
        ("kakeibo_silence", "learning:page:29836990"),
    ]


def test_however_long_it_is_it_fits(url: str, slack: Slack) -> None:
    for pressed in (True, False):
        channel = made("slack", api=url, token_env="SLACK_TOKEN", channel="#player", buttons=pressed)
        assert channel.send("", LONG).result == "sent", slack.requests[-1]


def test_a_message_with_nothing_but_a_sentence(channel: Notifier) -> None:
    assert channel.send("", replace(FIRING, facts=(), links=(), actions=())).result == "sent"


@pytest.mark.parametrize(
    ("error", "result", "says"),
    [
        ("channel_not_found", "refused", "招待"),
        ("not_in_channel", "refused", "/invite"),
        ("invalid_auth", "refused", "xoxb"),
        ("is_archived", "refused", "is_archived"),
        ("internal_error", "later", "internal_error"),
        ("ratelimited", "later", "ratelimited"),
    ],
)
def test_its_errors(error: str, result: str, says: str, channel: Notifier, slack: Slack) -> None:
    slack.troubles = [reply_json({"ok": False, "error": error})]
    outcome = channel.send("", FIRING)
    assert outcome.result == result
    assert says in outcome.detail


def test_it_says_how_long_to_wait(channel: Notifier, slack: Slack) -> None:
    slack.troubles = [reply_json({"ok": False, "error": "ratelimited"}, 429, **{"Retry-After": "30"})]
    outcome = channel.send("", FIRING)
    assert (outcome.result, outcome.wait) == ("later", 30)


def test_wrong_token_wrong_channel_and_nowhere(url: str, slack: Slack, monkeypatch: pytest.MonkeyPatch) -> None:
    nowhere = made("slack", api=url, token_env="SLACK_TOKEN")
    assert nowhere.send("", FIRING).result == "refused"
    assert nowhere.send("#elsewhere", FIRING).result == "refused"
    monkeypatch.setenv("SLACK_TOKEN", "xoxb-wrong")
    assert nowhere.send("#player", FIRING).result == "refused"
    assert len(slack.requests) == 2


def test_an_answer_that_is_not_slacks(channel: Notifier, slack: Slack) -> None:
    slack.troubles = [reply_json(["a proxy says hello"])]
    assert channel.send("", FIRING).result == "unknown"


def test_an_incoming_webhook(monkeypatch: pytest.MonkeyPatch) -> None:
    receiver = Incoming()
    with receiver.serving() as address:
        monkeypatch.setenv("HOOK", f"{address}/services/T0/B0/secret")
        assert made("slack", url_env="HOOK").send("", FIRING).result == "sent"
        monkeypatch.setenv("HOOK", f"{address}/services/T0/B0/wrong")
        outcome = made("slack", url_env="HOOK").send("", FIRING)
    assert outcome.result == "refused"
    assert "no_service" in outcome.detail
    assert "channel" not in receiver.requests[0].json()
    assert "B0/wrong" not in outcome.detail


def test_escaping_is_counted() -> None:
    text = escaped("&" * 1000, 100)
    assert len(text) <= 100
    assert text.endswith("…")
    assert text.count("&amp;") == len(text) // 5


def test_the_server_refuses_what_slack_refuses() -> None:
    header = {"type": "header", "text": {"type": "plain_text", "text": "x" * 151, "emoji": False}}
    button = {"type": "button", "action_id": "a", "text": {"type": "plain_text", "text": "x", "emoji": False}}
    assert wrong_blocks([header])
    assert wrong_blocks([{"type": "actions", "elements": [button, button]}])
    assert wrong_blocks([{"type": "section", "fields": []}])
    assert wrong_blocks([{"type": "section", "text": {"type": "mrkdwn", "text": "", "verbatim": True}}])
