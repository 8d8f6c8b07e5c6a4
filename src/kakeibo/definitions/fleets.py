"""The section fleets: its shape, its model objects, and the journey that each fleet is: its time in service."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from fractions import Fraction
from typing import Any, Final

from kakeibo.definitions import amounts, measures
from kakeibo.definitions.amounts import AmountError
from kakeibo.definitions.marks import Findings, Keys, Marks
from kakeibo.definitions.shapes import Field, Names, Record, Table, Text, Texts, nearest, written_like
from kakeibo.devices import (
    ATTRIBUTES,
    FIELDS,
    REASONS,
    Account,
    ActRule,
    BatteryRule,
    BreakerRule,
    ErrorRule,
    Fleet,
    HeartbeatRule,
)
from kakeibo.i18n import t
from kakeibo.model import OTHER, Book, Events, Slo
from kakeibo.predicates import Predicate

IN_SERVICE: Final = "reason is null"
HELD: Final = "held = true"
MILLION: Final = 1_000_000
_LENGTH: Final = re.compile(r"([0-9]{1,6})\s*([smhd])", re.ASCII)
_SECONDS: Final = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
_LENGTH_SCHEMA: Final = {"type": "string", "pattern": "^[1-9][0-9]*\\s*[smhd]$"}

Parse = Callable[[tuple[str, ...], str], Predicate | None]
WindowOf = Callable[[Any], Any]


def seconds(text: str) -> int:
    """Seconds of a length of time such as 30s, 15m, 1h or 2d; at most 30 days."""
    found = _LENGTH.fullmatch(text.strip())
    if not found or not 0 < (length := int(found[1]) * _SECONDS[found[2]]) <= 30 * 86_400:
        message = t("'{text}' is not a length of time", text=" ".join(text.split())[:40])
        raise AmountError(message, t("write a number and s, m, h or d, at most 30d: 15m"))
    return length


def charge(text: str) -> int:
    """Millionths of a full battery."""
    millionths = amounts.share(text) * MILLION
    if millionths.denominator != 1:
        raise AmountError(t("a charge has at most four decimals of a percent"), written_like("out_below: 5%"))
    return int(millionths)


def _some_share(text: str) -> Fraction:
    share = amounts.share(text)
    if not share:
        raise AmountError(t("a breaker at {text} holds always", text=text), written_like("more_than: 20%"))
    return share


def _stage(text: str) -> str:
    return amounts.one_of(text, ("observe", "propose", "act"))


def _newcomers(text: str) -> str:
    return amounts.one_of(text, ("register", "refuse"))


def _field(text: str) -> str:
    return amounts.one_of(text, FIELDS)


def _time(about: str, example: str, required: bool = False) -> Field:
    return Field(Text(seconds, _LENGTH_SCHEMA), about, example, required)


def _number(about: str, example: str, required: bool = False) -> Field:
    return Field(Text(amounts.at_least_one, {"type": "integer", "minimum": 1}), about, example, required)


def _share(of: Callable[[str], Any], about: str, example: str) -> Field:
    return Field(Text(of, amounts.SHARE_SCHEMA), about, example, True)


_HEARTBEAT: Final = Record(
    {
        "silent_after": _time("A device that says nothing for so long is taken out.", "silent_after: 15m", True),
        "back_after": Field(
            Record(
                {
                    "messages": _number("So many messages ...", "messages: 3", True),
                    "within": _time("... within so much time bring it back.", "within: 5m", True),
                }
            ),
            "When it comes back. Left out: after 3 messages within a third of silent_after.",
            "back_after: {messages: 3, within: 5m}",
        ),
    }
)
_ERROR: Final = Record(
    {
        "more_than": _number("More than so many ...", "more_than: 3", True),
        "within": _time("... within so much time take the device out.", "within: 10m", True),
        "back_after": _time("It comes back when the code has not come for so long.", "back_after: 1h", True),
    }
)
_BATTERY: Final = Record(
    {
        "out_below": _share(charge, "Below this charge a device is taken out.", "out_below: 5%"),
        "back_above": _share(charge, "From this charge on it comes back.", "back_above: 15%"),
    }
)
_BREAKER: Final = Record(
    {
        "more_than": _share(_some_share, "When more than this share of all devices would go out ...", "more_than: 20%"),
        "within": _time("... within so much time, nothing goes out, and we are paged.", "within: 10m", True),
        "ahead": _time("Devices due so soon are counted already. Left out: a third of silent_after.", "ahead: 5m"),
        "at_least": _number("Fewer devices than this never make it hold. Left out: 10.", "at_least: 10"),
    }
)
_ACT: Final = Record(
    {
        "channel": Field(Text(), "Where commands are sent: a key of channels.", "channel: vehicles", True),
        "target": Field(
            Text(), "To whom, as the channel has it. Left out: the channel's own.", "target: fleet/commands"
        ),
        "confirm_within": _time("Repeated when not confirmed so soon. Left out: 1m.", "confirm_within: 1m"),
        "tries": _number("How often in all. Left out: 10.", "tries: 10"),
    }
)
_PART: Final = Record(
    {
        "values": Field(Texts(lone=True), "The values it has. Left out: its name.", "values: [osaka, kyoto]"),
        "owner": Field(Text(), "Who can improve it: a key of teams.", "owner: network"),
        "target": Field(Text(amounts.target, amounts.TARGET_SCHEMA), "A target of its own.", "target: 98%"),
        "alerts": Field(measures.ALERTS, "When to alert on this part alone.", "alerts: none"),
    },
    blank=True,
)
_PARTS: Final = Names(_PART, amounts.part_name, amounts.NAME_SCHEMA, "{owner: network}", True)
_SPLIT: Final = Record(
    {
        "reason": Field(_PARTS, "By why devices were out.", "reason: {heartbeat: {owner: network}, error: {}}"),
        **{name: Field(_PARTS, f"By the {name} of the device.", f"{name}: [one, two]") for name in ATTRIBUTES},
    },
    some=True,
)  # fmt: skip
_DEVICES: Final = {
    "service": Field(Text(), "What operates it: a key of services.", "service: sharing"),
    "source": Field(Text(), "Where its messages are: a key of sources.", "source: telemetry", True),
    "fields": Field(
        Table(Text(), _field, {"enum": list(FIELDS)}, "id"),
        "Under which key a message says what. Left out: under the same name.",
        "fields: {device: id, received: received_at, battery: soc}",
    ),
    "unknown_devices": Field(
        Text(_newcomers, {"enum": ["register", "refuse"]}),
        "What becomes of a device never heard of. Left out: it is registered.",
        "unknown_devices: refuse",
    ),
    "devices": Field(
        Text(), "A CSV file that lists the devices, with region, model, firmware.", "devices: devices.csv"
    ),
}
"""What a fleet is, and where it is heard."""

_RULES: Final = {
    "heartbeat": Field(_HEARTBEAT, "When silence takes a device out.", "heartbeat: {silent_after: 15m}", True),
    "errors": Field(
        Table(_ERROR, str, {}, "{more_than: 3, within: 10m, back_after: 1h}"),
        "Code -> when it takes a device out.",
        "errors: {E42: {more_than: 3, within: 10m, back_after: 1h}}",
    ),
    "battery": Field(_BATTERY, "When a low battery takes a device out.", "battery: {out_below: 5%, back_above: 15%}"),
    "breaker": Field(
        _BREAKER,
        "When so much would go out that the fault is probably ours. Left out: 20% within 10m.",
        "breaker: {more_than: 20%, within: 10m}",
    ),
    "stall_after": _time(
        "When nothing came from any device for so long, it was us. Left out: a third of silent_after.",
        "stall_after: 1m",
    ),
    "stage": Field(
        Text(_stage, {"enum": ["observe", "propose", "act"]}),
        "What becomes of decisions: noted, proposed, or sent. Left out: observe.",
        "stage: observe",
    ),
    "act": Field(_ACT, "Where commands are sent.", "act: {channel: vehicles}"),
}
"""When a device is taken out, and what then becomes of that."""


def fleet_shape(title: Field, window: Field) -> Record:
    """The shape of one fleet; title and window are as everywhere."""
    slos = Field(
        Table(_objective(window), amounts.name, amounts.NAME_SCHEMA, "{target: 95%}", True),
        "What is promised: name -> share of device time in service.",
        "slos: {in_service: {target: 95%}}",
        True,
    )
    return Record({"title": title, **_DEVICES, **_RULES, "slos": slos})


def _objective(window: Field) -> Record:
    return Record(
        {
            "target": Field(
                Text(amounts.target, amounts.TARGET_SCHEMA),
                "The share of device time that shall be in service, below 100%.",
                "target: 95%",
                True,
            ),
            "window": window,
            "alerts": Field(measures.ALERTS, "When to alert. Left out: the usual four rules.", "alerts: none"),
            "minimum_bad": _number("So many seconds out before any alert fires.", "minimum_bad: 3600"),
            "owner": Field(Text(), "Who can improve it: a key of teams.", "owner: operations"),
            "split": Field(_SPLIT, "Parts that add up to it, in several ways.", "split: {region: [tokyo, osaka]}"),
        }
    )


def fleet(key: str, written: Mapping[str, Any], marks: Marks, findings: Findings) -> Fleet | None:
    """The rules of a fleet, with what is left out; None where an error was found in what it cannot do without."""
    keys = ("fleets", key)
    beat = written.get("heartbeat", {})
    if "silent_after" not in beat or "source" not in written:
        return None
    silent = beat["silent_after"]
    third = max(silent // 3, 1)
    back, breaker = beat.get("back_after", {}), written.get("breaker", {})
    battery = written.get("battery", {})
    if len(battery) == 2 and battery["out_below"] > battery["back_above"]:
        message = t("back_above is lower than out_below: the device would come and go")
        place = marks.locate((*keys, "battery", "back_above"))
        findings.error(place, message, written_like("{out_below: 5%, back_above: 15%}"))
    stage, act = written.get("stage", "observe"), written.get("act")
    if stage != "observe" and act is None:
        message = t("stage {stage} needs act: nobody knows where commands go", stage=stage)
        findings.error(marks.locate((*keys, "stage")), message, written_like("act: {channel: vehicles}"))
    return Fleet(
        key=key,
        source=written["source"],
        heartbeat=HeartbeatRule(silent, back.get("messages", 3), back.get("within", third)),
        breaker=BreakerRule(
            breaker.get("more_than", Fraction(1, 5)),
            breaker.get("within", 600),
            breaker.get("ahead", third),
            breaker.get("at_least", 10),
        ),
        stall_after=written.get("stall_after", third),
        fields=written.get("fields", {}),
        errors={code: ErrorRule(**rule) for code, rule in written.get("errors", {}).items() if len(rule) == 3},
        battery=BatteryRule(**battery) if len(battery) == 2 else None,
        register=written.get("unknown_devices", "register") == "register",
        devices=written.get("devices"),
        stage=stage,
        act=ActRule(**act) if act and "channel" in act else None,
    )


def objectives(
    fleet: Fleet, written: Mapping[str, Any], parse: Parse, window: WindowOf
) -> tuple[tuple[Slo, ...], tuple[Account, ...]]:
    """A fleet's SLOs: of its device-seconds, those in service are good; while the breaker holds nobody knows."""
    made: list[Slo] = []
    accounts: list[Account] = []
    for name, slo in written.items():
        keys = ("fleets", fleet.key, "slos", name)
        conditions = [parse(keys, text) for text in ("true", IN_SERVICE, HELD)]
        valid, good, void = conditions
        if "target" not in slo or valid is None or good is None:
            continue
        whole = Slo(
            name=f"{fleet.key}/{name}",
            measure=Events(fleet.source, valid, good, void, of_devices=True),
            target=slo["target"],
            window=window(slo.get("window", amounts.window("28d"))),
            alerts=measures.rules(slo),
            minimum_bad=slo.get("minimum_bad"),
            owner=slo.get("owner"),
        )
        parts = [
            part
            for by, entries in slo.get("split", {}).items()
            for part in _parts(whole, by, entries, (*keys, "split", by), parse)
        ]
        made.append(replace(whole, parts=tuple(part for part, _ in parts)))
        accounts += [Account(whole.name), *(account for _, account in parts)]
    return tuple(made), tuple(accounts)


def _parts(whole: Slo, by: Any, entries: Mapping[str, Any], keys: Keys, parse: Parse) -> list[tuple[Slo, Account]]:
    """The parts of one split: "fleet/in_service/region-tokyo", and one for all else."""
    values = {name: tuple(part.get("values", (name,))) for name, part in entries.items()}
    every = tuple(value for own in values.values() for value in own)
    found = []
    for name, own in [*values.items(), (OTHER, every)]:
        account = Account(f"{whole.name}/{by}-{name}", by, own, rest=name == OTHER)
        valid, good = (parse(keys, text) for text in _conditions(account))
        if valid is None or good is None or not isinstance(whole.measure, Events):
            continue
        written = entries.get(name, {})
        part = replace(
            whole,
            name=account.slo,
            measure=replace(whole.measure, valid=valid, good=good),
            target=written.get("target", whole.target),
            alerts=measures.rules(written) or (),
            owner=written.get("owner", whole.owner),
        )
        found.append((part, account))
    return found


def _conditions(account: Account) -> tuple[str, str]:
    """What is valid and good for a part, as conditions over device-seconds: so that a changed definition is seen.

    A reason is measured against all device-seconds: what its parts lost adds up to what the whole lost.
    """
    listed = ", ".join("'" + value.replace("'", "''") + "'" for value in dict.fromkeys(account.values))
    if account.by == "reason":
        return "true", f"{IN_SERVICE} or reason {'in' if account.rest else 'not in'} ({listed})"
    if account.rest:
        return f"({account.by} is null or {account.by} not in ({listed}))", IN_SERVICE
    return f"{account.by} in ({listed})", IN_SERVICE


def check(book: Book, marks: Marks, findings: Findings) -> None:
    """Errors: names that do not exist, a source that is counted by somebody else, a value in two parts."""
    holders: dict[str, str] = {}
    for fleet in book.fleets.values():
        keys = ("fleets", fleet.key)
        others = [j.key for j in book.journeys.values() if j.source == fleet.source and j.key not in book.fleets]
        holder = holders.setdefault(fleet.source, others[0] if others else fleet.key)
        if holder != fleet.key:
            message = t("source {source} is counted for {other} already", source=fleet.source, other=holder)
            findings.error(marks.locate((*keys, "source")), message, t("give the fleet a source of its own"))
        if fleet.key in marks.names("journeys"):
            message = t("there is a journey {name}, and a fleet", name=fleet.key)
            findings.error(marks.locate(keys, key=True), message, t("rename one of them"))
        for slo in book.journeys[fleet.key].slos if fleet.key in book.journeys else ():
            _check_parts(fleet, slo, marks, findings)


def _check_parts(fleet: Fleet, slo: Slo, marks: Marks, findings: Findings) -> None:
    keys = ("fleets", fleet.key, "slos", slo.name.split("/")[1], "split")
    holder: dict[tuple[str, str], str] = {}
    for account in fleet.accounts:
        if not account.by or account.rest or not account.slo.startswith(f"{slo.name}/"):
            continue
        name = account.slo.removeprefix(f"{slo.name}/{account.by}-")
        place = marks.locate((*keys, account.by, name), key=True)
        for value in account.values:
            if account.by == "reason" and value not in REASONS:
                findings.error(place, t("there is no reason '{name}'", name=value), nearest(value, REASONS))
            if (held := holder.setdefault((account.by, value), name)) != name:
                message = t("'{value}' is in two parts, first in {name}", value=value, name=held)
                findings.error(place, message, t("keep one of the two"))
