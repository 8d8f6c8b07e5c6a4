"""What is said of a fleet: time of devices, never events; exact where it is compared."""

from __future__ import annotations

from fractions import Fraction

import pytest

from kakeibo.i18n import LANGUAGES, speaking
from kakeibo.letters import device_time, notifications
from kakeibo.letters.notifications import Burning, Matter
from kakeibo.model import Events, Journey, Slo, Window
from kakeibo.predicates import parse

AT = 29_837_000
ANY = parse("true", {})
SLO = Slo("scooters/in_service", Events("telemetry", ANY, ANY, None, of_devices=True), Fraction(95, 100),
          Window("28d", 28 * 1440))  # fmt: skip
JOURNEY = Journey(
    "scooters", {"en": "Scooters can be hired", "ja": "スクーターを借りられる"}, "cmc", None, "telemetry", (SLO,)
)


def message(left: Fraction, ends: int | None) -> str:
    part = Burning(JOURNEY, SLO, failing=Fraction(1, 8), over=60, bad=5_400, speed=Fraction(2), left=left, ends=ends)
    matter = Matter("key", "page", "Sharing", "Operations", AT - 5, AT, "Asia/Tokyo", (part,))
    found = notifications.firing(matter, "1")
    return "\n".join([found.summary, *(value for _, value in found.facts)])


def test_an_alert_speaks_of_device_time() -> None:
    assert "12.5% of the last 1 hour (1.5 h of device time)" in message(Fraction(1, 4), AT + 60)
    assert "25% of the time out of service allowed in 28 days is left, for this speed until" in message(
        Fraction(1, 4), AT
    )
    assert "25% of the time out of service allowed in 28 days is left." in message(Fraction(1, 4), None)
    assert "Devices were out of service for longer than 28 days allow." in message(Fraction(-1, 4), None)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_no_alert_counts_failures(lang: str) -> None:
    with speaking(lang):
        for left in (Fraction(1, 4), Fraction(0)):
            text = message(left, None)
            assert not any(word in text for word in ("failure", "event", "失敗", "件")), text


@pytest.mark.parametrize(
    ("seconds", "against", "says"),
    [
        (0, (), "0 h"),
        (1, (), "0.0003 h"),
        (5_400, (), "1.5 h"),
        (36_000_000, (), "10,000 h"),
        (3_599, (3_600,), "0.9997 h"),
    ],
)
def test_hours_keep_their_order(seconds: int, against: tuple[int, ...], says: str) -> None:
    assert device_time.hours(seconds, *against) == says


def test_the_unit_is_that_of_the_measure() -> None:
    assert SLO.unit == "device_seconds"
    assert device_time.is_device_time(SLO)
    assert Slo("a/b", Events("web", ANY, ANY), SLO.target, SLO.window).unit == "events"
