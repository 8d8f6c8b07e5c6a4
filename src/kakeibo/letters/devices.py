"""Devices on the pages: words for their standing, what brings one back, and the picture of its day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from kakeibo.devices import Fleet
from kakeibo.fleet.orders import Change
from kakeibo.fleet.rules import Cause, Device
from kakeibo.i18n import marked, t
from kakeibo.letters import figures
from kakeibo.letters.fleet import REASON_WORDS, because, state_of, time
from kakeibo.letters.phrases import printable

_WORDS: Final[Mapping[str, str]] = {
    "in_service": marked("in service"),
    "on_trip": marked("on a trip"),
    "out": marked("not in service"),
    "held": marked("held by the breaker"),
    "away": marked("not expected any more"),
    "trouble": marked("anything wrong"),
}
TONES: Final[Mapping[str, str]] = {
    "in_service": "healthy",
    "on_trip": "healthy",
    "out": "exhausted",
    "held": "at_risk",
    "away": "no_data",
}
"""State of a device -> the state of a promise whose colour and sign it has."""
_BECOMES: Final[Mapping[str, str]] = {
    "registered": "in_service",
    "out": "out",
    "reason": "out",
    "back": "in_service",
    "held": "held",
    "recovered": "in_service",
    "gone": "away",
    "retire": "away",
    "returned": "in_service",
}


@dataclass(frozen=True, slots=True)
class Stretch:
    """A device was in `state` from second `start` to `end`."""

    start: int
    end: int
    state: str


def standing_word(standing: str) -> str:
    """A standing of `fleet.census`, or a reason, for people."""
    return t(_WORDS[standing] if standing in _WORDS else REASON_WORDS[standing])


def tone(device: Device) -> str:
    return TONES[state_of(device)]


def said_to_customers(name: str, device: Device, zone: str) -> str:
    """What a support desk reads out: whether a device can be used, and since when and why not."""
    if device.gone:
        return t("{device} is not expected any more.", device=printable(name))
    if device.out:
        since, why = time(device.changed or device.out.since, zone), because(device.out, zone)
        return t("{device} is out since {time}: {why}.", device=printable(name), time=since, why=why)
    if device.held:
        why = because(device.causes[0], zone)
        return t("{device} is offered, but nobody knows whether it works: {why}.", device=printable(name), why=why)
    if device.on_trip:
        return t("{device} is on a trip.", device=printable(name))
    heard = time(device.last // 1000, zone)
    return t("{device} is in service; it was last heard of at {time}.", device=printable(name), time=heard)


def back_by(fleet: Fleet, cause: Cause) -> str:
    """What has to happen for this cause to end."""
    if cause.reason == "heartbeat":
        rule = fleet.heartbeat
        return t("It comes back after {n} messages within {span}.", n=rule.messages, span=length(rule.within))
    if cause.reason == "error" and cause.detail in fleet.errors:
        span = length(fleet.errors[cause.detail].back_after)
        return t("It comes back when {code} has not come for {span}.", code=printable(cause.detail), span=span)
    if cause.reason == "battery" and fleet.battery:
        percent = f"{fleet.battery.back_above / 10_000:g}"
        return t("It comes back when its battery is at {percent} % or more.", percent=percent)
    if cause.reason == "disabled":
        return t("It comes back when its operator switches it on again.")
    return t("It comes back when somebody takes the lock back.")


def length(seconds: int) -> str:
    """A length of time of the book."""
    return figures.span(seconds // 60) if seconds % 60 == 0 else t("{n} seconds", n=seconds)


def stretches(changes: Sequence[Change], start: int, end: int) -> list[Stretch]:
    """How a device's time went from second `start` to `end`, by its history; `changes` are the oldest first."""
    found: list[Stretch] = []
    at, state = start, ""
    for change in changes:
        after = "in_service" if change.what == "release" and state == "away" else _BECOMES.get(change.what, state)
        cut = min(max(change.at, start), end)
        if state and cut > at:
            found.append(Stretch(at, cut, state))
        at, state = max(at, cut), after
    if state and end > at:
        found.append(Stretch(at, end, state))
    return found
