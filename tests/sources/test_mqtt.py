"""Topics of the book, and the options of a broker: what is meant, and what is refused with its mend."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kakeibo.errors import OptionError, SourceError
from kakeibo.model import Source
from kakeibo.mqtt import broker
from kakeibo.sources.lwm2m import Lwm2m
from kakeibo.sources.mqtt import Mqtt, Topic

LEVEL = st.text(st.characters(exclude_characters="/+#{}\0", exclude_categories=["Cs"]), min_size=1, max_size=5)


@pytest.mark.parametrize(
    ("written", "filter_", "topic", "said"),
    [
        ("fleet/{device}/state", "fleet/+/state", "fleet/a.b/state", {"device": "a.b"}),
        ("fleet/{device}/state", "fleet/+/state", "fleet//state", {"device": ""}),
        ("fleet/{device}/state", "fleet/+/state", "fleet/a/b/state", None),
        ("{region}/+/{device}", "+/+/+", "tokyo/x/7", {"region": "tokyo", "device": "7"}),
        ("fleet/{device}/#", "fleet/+/#", "fleet/a/b/c", {"device": "a"}),
        ("fleet/{device}/#", "fleet/+/#", "fleet/a", {"device": "a"}),
        ("#", "#", "any/thing", {}),
        ("/{device}", "/+", "/a", {"device": "a"}),
        ("a.b/{device}", "a.b/+", "axb/c", None),
    ],
)
def test_what_a_topic_says(written: str, filter_: str, topic: str, said: dict[str, str] | None) -> None:
    found = Topic(written)
    assert (found.filter, found.said(topic)) == (filter_, said)


@given(LEVEL, LEVEL)
def test_a_device_is_found_in_its_topic(before: str, device: str) -> None:
    assert Topic(f"{before}/{{device}}/x").said(f"{before}/{device}/x") == {"device": device}


@pytest.mark.parametrize(
    "written", ["", "a+/b", "#/a", "a/#/b", "{device}/{device}", "{colour}/x", "a{device}", "x\0", 7, None, ["a"]]
)
def test_what_is_no_topic(written: object) -> None:
    with pytest.raises(OptionError, match="is no topic"):
        Topic(written)


def source(**options: Any) -> Source:
    return Source("telemetry", "mqtt", (), Path("/book"), options=options)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"topic": "a"}, "'url' is missing"),
        ({"url": "mqtt://a"}, "'topic' is missing"),
        ({"url": "http://a", "topic": "a"}, "no address"),
        ({"url": "mqtt://u:secret@a", "topic": "a"}, "password does not belong"),
        ({"url": "mqtt://a:99999", "topic": "a"}, "no address"),
        ({"url": "mqtt://a", "topic": "a", "version": "4"}, "version cannot be"),
        ({"url": "mqtt://a", "topic": "a", "username": "u"}, "needs password_env"),
        ({"url": "mqtt://a", "topic": "a", "username": "u", "password_env": "my secret"}, "environment variable"),
        ({"url": "mqtt://a", "topic": "a", "client_id": "a b"}, "client_id cannot be"),
        ({"url": "mqtt://a", "topic": "a", "in_flight": 0}, "must lie between"),
        ({"url": "mqtt://a", "topic": "a", "in_flight": "many"}, "must be a number"),
        ({"url": "mqtt://a", "topic": "a", "colour": "red"}, "no option colour"),
        ({"url": 7, "topic": "a"}, "no address"),
    ],
)
def test_wrong_options_are_named(options: dict[str, Any], message: str) -> None:
    with pytest.raises(OptionError, match=message):
        Mqtt(source(**options))


def test_what_is_left_out() -> None:
    found = Mqtt(source(url="mqtts://broker.example", topic=["a/{device}", "b/{device}"], version=5))
    assert (found.broker.port, found.broker.encrypted, found.broker.client_id) == (8883, True, "kakeibo-telemetry")
    assert found.said("b/7") == {"device": "7"}
    assert found.said("c/7") is None


def test_what_is_not_there_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NOWHERE", raising=False)
    with pytest.raises(SourceError, match="NOWHERE is not set"):
        broker({"url": "mqtt://a", "username": "u", "password_env": "NOWHERE"}, tmp_path).client()
    with pytest.raises(SourceError, match=r"ca\.pem"):
        broker({"url": "mqtts://a", "ca": "ca.pem"}, tmp_path).client()


@pytest.mark.parametrize("options", [{"listen": "nowhere"}, {"listen": ":5683"}, {"listen": "a:0"}, {"grace": "soon"}])
def test_wrong_options_of_registrations(options: dict[str, str]) -> None:
    with pytest.raises(OptionError):
        Lwm2m(Source("telemetry", "lwm2m", (), Path(), options=options))
