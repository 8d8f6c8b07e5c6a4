"""What holds for every kind: found by itself, its options checked, Japanese intact, every trouble an outcome."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.notifiers.made import FIRING, made
from tests.servers.receiver import Receiver, Reply, Trouble

from kakeibo.errors import OptionError
from kakeibo.model import Channel
from kakeibo.notifiers.http import WebNotifier
from kakeibo.notifiers.kinds import cut, kinds, notifier
from kakeibo.notifiers.options import is_address

OPTIONS: dict[str, dict[str, object]] = {
    "alertmanager": {"url": "URL"},
    "github": {"url": "URL", "repository": "manabi/learning", "token_env": "TEST_SECRET"},
    "pagerduty": {"url": "URL", "routing_key_env": "TEST_SECRET"},
    "phone": {"api": "URL", "account": "AC" + "0" * 32, "token_env": "TEST_SECRET", "from": "+815012345678"},
    "slack": {"api": "URL", "token_env": "TEST_SECRET", "channel": "#player"},
    "sms": {"api": "URL", "account": "AC" + "0" * 32, "token_env": "TEST_SECRET", "from": "+815012345678"},
    "teams": {"url_env": "TEST_URL"},
    "webhook": {"url": "URL", "secret_env": "TEST_SECRET"},
}
WEB = sorted(name for name, kind in kinds().items() if issubclass(kind, WebNotifier))


def test_the_kinds() -> None:
    assert list(kinds()) == [
        "alertmanager", "apprise", "email", "github", "log", "mqtt", "pagerduty", "phone", "slack", "sms", "teams",
        "webhook",
    ]  # fmt: skip
    assert sorted(OPTIONS) == WEB


@pytest.mark.parametrize("name", kinds())
def test_options_of_a_kind_are_described(name: str) -> None:
    kind = kinds()[name]
    assert [key for key, schema in kind.OPTIONS.items() if not schema.get("description")] == []
    assert {key for need in kind.REQUIRED for key in need.split("|")} <= set(kind.OPTIONS)


@pytest.mark.parametrize("name", [name for name, kind in kinds().items() if kind.REQUIRED])
def test_what_is_required_is_missed(name: str) -> None:
    with pytest.raises(OptionError, match="needs"):
        notifier(Channel("c", name))


@pytest.mark.parametrize(
    ("kind", "options", "says", "keys"),
    [
        ("webhook", {"url": "https://a.example", "urls": "x"}, "has no option urls: did you mean url?", ("urls",)),
        ("webhook", {"url": "https://a.example", "url_env": "X"}, "exclude each other", ("url_env",)),
        ("webhook", {"url": "https://user:pw@a.example"}, "url cannot be", ("url",)),
        (
            "webhook",
            {"url": "https://a.example", "secret_env": ["A", "whsec_+/="]},
            "is the name of an",
            ("secret_env",),
        ),
        ("webhook", {"url": "https://a.example", "timeout": 600}, "between 1 and 30", ("timeout",)),
        ("webhook", {"url": "https://a.example", "timeout": True}, "timeout must be a number", ("timeout",)),
        ("slack", {"token_env": "xoxb-1"}, "is the name of an environment variable", ("token_env",)),
        ("slack", {"url_env": "HOOK", "channel": "#a"}, "an incoming webhook has no channel", ("channel",)),
        (
            "email",
            {"host": "h", "from": "a@b.example", "security": "ssl"},
            "known are: starttls, tls, none",
            ("security",),
        ),
        ("email", {"host": "h", "from": "not a mail"}, "from cannot be", ("from",)),
        ("phone", {"account": "AC1", "token_env": "T", "from": "+815012345678"}, "account cannot be", ("account",)),
    ],
)
def test_wrong_options(kind: str, options: dict[str, object], says: str, keys: tuple[str, ...]) -> None:
    with pytest.raises(OptionError) as caught:
        notifier(Channel("c", kind, options))
    assert says in str(caught.value)
    assert caught.value.keys == keys


def test_a_secret_in_the_wrong_place_is_not_repeated() -> None:
    with pytest.raises(OptionError) as caught:
        notifier(Channel("c", "slack", {"token_env": "xoxb-1-very-secret"}))
    assert "very-secret" not in str(caught.value)


@pytest.fixture
def receiver(monkeypatch: pytest.MonkeyPatch) -> Receiver:
    monkeypatch.setenv("TEST_SECRET", "0123456789abcdef0123456789abcdef")
    return Receiver()


def sent(name: str, receiver: Receiver, monkeypatch: pytest.MonkeyPatch, *troubles: Trouble) -> str:
    """What became of a message that met a trouble."""
    receiver.troubles = list(troubles)
    with receiver.serving() as url:
        monkeypatch.setenv("TEST_URL", url)
        options = {key: url if value == "URL" else value for key, value in OPTIONS[name].items()}
        target = "+819012345678" if kinds()[name].TARGET == "needed" else ""
        return made(name, **options, timeout=1).send(target, FIRING).result


@pytest.mark.parametrize("name", WEB)
@pytest.mark.parametrize(
    ("trouble", "result"),
    [
        (Reply(429, "slow down", {"Retry-After": "7"}), "later"),
        (Reply(500, "oops"), "later"),
        (Reply(503, "<html>busy"), "later"),
        (Reply(400, "no"), "refused"),
        (Reply(403, "no"), "refused"),
        (Reply(307, "", {"Location": "http://10.0.0.1/"}), "refused"),
        ("garbage", "unknown"),
        ("hang up", "unknown"),
    ],
    ids=str,
)
def test_every_trouble_is_an_outcome(
    name: str, trouble: Trouble, result: str, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert sent(name, receiver, monkeypatch, trouble) == result
    assert len(receiver.requests) == 1


@pytest.mark.parametrize("name", WEB)
def test_a_receiver_that_hangs(name: str, receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    assert sent(name, receiver, monkeypatch, "hang") == "unknown"


@pytest.mark.parametrize("name", sorted(set(OPTIONS) - {"alertmanager"}))
def test_a_secret_that_is_not_set_is_waited_for(name: str, receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TEST_SECRET")
    options = {key: "http://127.0.0.1:9" if value == "URL" else value for key, value in OPTIONS[name].items()}
    outcome = made(name, **options).send("+819012345678", FIRING)
    assert outcome.result == "later"
    assert ("TEST_SECRET" if name != "teams" else "TEST_URL") in outcome.detail
    assert receiver.requests == []


@pytest.mark.parametrize("name", WEB)
def test_a_receiver_in_our_own_network_is_refused(
    name: str, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    with receiver.serving() as url:
        monkeypatch.setenv("TEST_URL", url)
        options = {key: url if value == "URL" else value for key, value in OPTIONS[name].items()}
        outcome = notifier(Channel("c", name, options)).send("+819012345678", FIRING)
    assert outcome.result == "refused"
    assert "127.0.0.1" in outcome.detail
    assert receiver.requests == []


def test_what_is_said_beside_the_message_is_in_its_language(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NOT_SET", raising=False)
    channel = made("webhook", url_env="NOT_SET")
    assert channel.send("", replace(FIRING, language="en")).detail == "the environment variable NOT_SET is not set"
    assert channel.send("", FIRING).detail == "環境変数 NOT_SET が設定されていません"


def test_texts_are_cut_with_an_ellipsis() -> None:
    assert [cut("abcdef", 6), cut("abcdef", 5), cut("ab  cdef", 5)] == ["abcdef", "abcd…", "ab…"]


def test_addresses() -> None:
    good = ["http://a", "https://a.example:8443/x?y=1#z", "http://[::1]:9093/"]
    bad = [
        "",
        "a.example",
        "ftp://a.example",
        "http://",
        "http://u@a",
        "http://a b",
        "http://a:port",
        "https://ひ.example",
    ]
    assert [is_address(one) for one in good] == [True] * len(good)
    assert [one for one in bad if is_address(one)] == []
