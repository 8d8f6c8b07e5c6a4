"""Devices in plain words, as a support desk reads them out, and as JSON for programs (docs/contracts/fleet.md)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from kakeibo.clock import zone as zone_of
from kakeibo.devices import REASONS
from kakeibo.fleet.orders import Change
from kakeibo.fleet.rules import Cause, Device
from kakeibo.i18n import marked, t
from kakeibo.letters.phrases import printable

VERSION: Final = 1
SECONDS_PER_DAY: Final = 86_400
_SHOWN: Final = 20
_NAMED: Final = 5

REASON_WORDS: Final[Mapping[str, str]] = {
    "manual": marked("locked by hand"),
    "maintenance": marked("maintenance"),
    "heartbeat": marked("nothing heard"),
    "error": marked("error code"),
    "battery": marked("low battery"),
    "disabled": marked("switched off by its operator"),
    "unknown": marked("reason not known"),
}
_EVENTS: Final[Mapping[str, str]] = {
    "registered": marked("heard of for the first time"),
    "out": marked("out of service"),
    "back": marked("back in service"),
    "reason": marked("still out, now for another reason"),
    "held": marked("would go out; the breaker holds"),
    "recovered": marked("need not go out any more"),
    "let_go": marked("the breaker was told to let go"),
    "breaker_holds": marked("the breaker holds: nothing goes out"),
    "breaker_ends": marked("the breaker holds no longer"),
    "gone": marked("left: not expected any more"),
    "returned": marked("expected again"),
    "lock": marked("locked"),
    "release": marked("lock taken back"),
    "retire": marked("retired: not expected any more"),
    "confirm": marked("proposal confirmed"),
    "proposed": marked("proposed: waits for confirmation"),
    "commanded": marked("command sent"),
    "repeated": marked("command sent again: no answer yet"),
    "answered": marked("the device confirmed the command"),
    "unanswered": marked("the device never answered: no further try"),
}


@dataclass(frozen=True, slots=True)
class Standing:
    """One fleet now. `counts`: in_service, on_trip, held, and the reasons; `shown`: devices worth a line.

    `clock`: the second up to which it was judged; None: nothing was received yet. `holds`: since when the breaker does.
    `troubled`: how many there are of those. `proposals`: device -> what is proposed; `orders`: what was entered and
    waits for the next message; `strangers`: devices that the book refuses -> messages, many of them under "".
    """

    fleet: str
    stage: str
    clock: int | None
    size: int = 0
    troubled: int = 0
    counts: Mapping[str, int] = field(default_factory=dict)
    shown: Sequence[tuple[str, Device]] = ()
    holds: int | None = None
    proposals: Mapping[str, str] = field(default_factory=dict)
    orders: int = 0
    strangers: Mapping[str, int] = field(default_factory=dict)


def time(second: int, zone: str) -> str:
    """A second for people, by their own clock."""
    return f"{datetime.fromtimestamp(second, UTC).astimezone(zone_of(zone)):%Y-%m-%d %H:%M:%S}"


def because(cause: Cause | Change, zone: str) -> str:
    """Why a device is out, in a few words."""
    if cause.reason == "heartbeat":
        return t("no message since {time}", time=time(cause.fact // 1000, zone))
    if cause.reason == "error":
        return t("error {code} came {n} times or more", code=printable(cause.detail), n=cause.fact)
    if cause.reason == "battery":
        return t("battery at {percent} %", percent=f"{cause.fact / 10_000:.1f}")
    words = t(REASON_WORDS[cause.reason]) if cause.reason else ""
    return f"{words}: {printable(cause.detail)}" if cause.detail else words


def standing_of(device: Device, zone: str) -> str:
    """One device now, in one sentence."""
    if device.gone:
        return t("retired: not expected any more") if device.gone == "retired" else t("left: not expected any more")
    if device.out:
        since = time(device.changed if device.changed else device.out.since, zone)
        return t("out since {time}: {why}", time=since, why=because(device.out, zone))
    if device.held:
        return t("in service though it is due ({why}): the breaker holds", why=because(device.causes[0], zone))
    if device.on_trip and device.causes:
        return t("on a trip; goes out at its end: {why}", why=because(device.causes[0], zone))
    return t("on a trip") if device.on_trip else t("in service")


def render(found: Standing, zone: str) -> Iterator[str]:
    """The lines about one fleet."""
    if found.clock is None:
        yield t("{fleet}: no message was received yet", fleet=found.fleet)
        return
    yield t("{fleet}, {n} devices, as of {time}", fleet=found.fleet, n=f"{found.size:,}", time=time(found.clock, zone))
    counts = found.counts
    yield "  " + t(
        "in service {n}, of these on a trip {trips}",
        n=f"{counts['in_service']:,}",
        trips=f"{counts['on_trip']:,}",
    )
    if counts["away"]:
        yield "  " + t("not expected any more: {n}", n=f"{counts['away']:,}")
    for reason in REASONS:
        if counts[reason]:
            yield "  " + t("out: {reason} {n}", reason=t(REASON_WORDS[reason]), n=f"{counts[reason]:,}")
    if found.holds is not None:
        yield "  " + t(
            "The breaker holds since {time}: {n} devices are due and stay in. The fault is probably ours.",
            time=time(found.holds, zone),
            n=f"{counts['held']:,}",
        )
    for name, device in found.shown[:_SHOWN]:
        yield f"  {printable(name)}: {standing_of(device, zone)}"
    if found.troubled > _SHOWN:
        yield "  " + t("... and {n} more", n=f"{found.troubled - _SHOWN:,}")
    for name, verb in found.proposals.items():
        yield "  " + t(
            "proposed for {device}: {what}; kakeibo fleet confirm {device}",
            device=printable(name),
            what=command_word(verb),
        )
    if found.orders:
        yield "  " + t("{n} entries by hand take effect with the next message", n=found.orders)
    if found.strangers:
        yield "  " + refused(found.strangers)


def refused(strangers: Mapping[str, int]) -> str:
    """Who sent messages though the book does not take them in."""
    names = [printable(name) for name in strangers if name]
    return t(
        "Refused, because the list does not have them: {devices}. Messages: {n}",
        devices=", ".join([*names[:_NAMED], *(["..."] if len(names) > _NAMED or "" in strangers else [])]),
        n=f"{sum(strangers.values()):,}",
    )


def event(change: Change, zone: str) -> str:
    """One line of a history."""
    words = t(_EVENTS[change.what])
    if change.reason and change.what != "back":
        words += f": {because(change, zone)}"
    elif change.detail and change.what not in ("breaker_holds", "proposed"):
        words += f" ({printable(change.detail)})"
    by = t(" by {author}", author=printable(change.author)) if change.author else ""
    return f"{time(change.at, zone)}  {words}{by}"


def command_word(verb: str) -> str:
    """What a command makes a device do."""
    return t("bring it back into service") if verb == "back" else t("take it out of service")


def entry_word(verb: str) -> str:
    """What somebody entered, in a few words."""
    return t(_EVENTS[verb])


def stage_words(stage: str) -> str:
    """What becomes of the decisions of a fleet."""
    return {
        "observe": t("Trial run: what the rules decide is noted here, and nothing is sent to the devices."),
        "propose": t("What the rules decide waits here until somebody confirms it."),
        "act": t("What the rules decide is sent to the devices."),
    }[stage]


def lately(happened: Mapping[tuple[str, str], int]) -> list[tuple[str, int]]:
    """(what, how often), for what is worth telling of a day."""
    told = []
    for (what, reason), n in sorted(happened.items(), key=lambda one: (list(_EVENTS).index(one[0][0]), one[0][1])):
        words = t(_EVENTS[what])
        told.append((f"{words}: {t(REASON_WORDS[reason])}" if reason and what in ("out", "held") else words, n, what))
    merged: dict[str, int] = {}
    for words, n, what in told:
        if what not in ("registered", "reason"):
            merged[words] = merged.get(words, 0) + n
    return list(merged.items())


def trial(kinds: Counter[str], seconds: Mapping[str, int]) -> Iterator[str]:
    """What a dry run found: changes by kind, device-seconds by state."""
    for what, words in _EVENTS.items():
        if kinds[what]:
            yield f"  {kinds[what]:>8,}  {t(words)}"
    valid = sum(seconds.values()) - seconds["held"]
    if valid:
        yield "  " + t("in service: {share} of device time", share=f"{100 * seconds['in_service'] / valid:.3f} %")
    for reason in REASONS:
        if seconds[reason]:
            yield "  " + t(
                "lost for {reason}: {hours} device-hours",
                reason=t(REASON_WORDS[reason]),
                hours=f"{seconds[reason] / 3600:,.1f}",
            )


def standing_json(found: Standing, zone: str) -> dict[str, Any]:
    return {
        "fleet": found.fleet,
        "stage": found.stage,
        "at": iso(found.clock),
        "devices": found.size,
        "counts": dict(found.counts),
        "breaker": {"holds": found.holds is not None, "since": iso(found.holds)},
        "shown": [device_json(name, device, zone) for name, device in found.shown],
        "proposals": dict(found.proposals),
        "orders_waiting": found.orders,
        "refused": dict(found.strangers),
    }


def device_json(name: str, device: Device, zone: str) -> dict[str, Any]:
    return {
        "device": name,
        "state": state_of(device),
        "reason": device.out.reason if device.out and not device.gone else None,
        "since": iso(device.changed) if device.out and not device.gone else None,
        "last_message": iso(device.last // 1000),
        "causes": [
            {"reason": cause.reason, "since": iso(cause.since), "code": cause.detail or None} for cause in device.causes
        ],
        "words": standing_of(device, zone),
    }


def state_of(device: Device) -> str:
    """In one word, as the contract has it."""
    if device.gone:
        return "away"
    if device.out:
        return "out"
    return "held" if device.held else "on_trip" if device.on_trip else "in_service"


def change_json(change: Change, zone: str) -> dict[str, Any]:
    return {
        "at": iso(change.at),
        "event": change.what,
        "reason": change.reason,
        "detail": change.detail or None,
        "author": change.author or None,
        "words": event(change, zone),
    }


def iso(second: int | None) -> str | None:
    return None if second is None else f"{datetime.fromtimestamp(second, UTC):%Y-%m-%dT%H:%M:%SZ}"
