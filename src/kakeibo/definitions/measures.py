"""Objectives made of more than one condition: other objectives put together, one split into parts, probes beside users.

KEYS are what the book writes for them; the functions make the model's objects of these.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any, Final, Literal

from kakeibo.definitions import amounts
from kakeibo.definitions.marks import Findings, Marks
from kakeibo.definitions.shapes import (
    CONDITION,
    Either,
    Field,
    Items,
    Names,
    Record,
    Table,
    Text,
    Texts,
    nearest,
)
from kakeibo.i18n import t
from kakeibo.model import OTHER, PROBES, USERS, Book, BurnRule, Composite, Events, Slo
from kakeibo.predicates import Predicate, canonical

Parse = Callable[[tuple[str, ...], str], Predicate | None]
"""Keys and text of a condition -> the condition; None when it was refused, and reported."""

How = Literal["worst", "weighted", "product"]
COMPOSITES: Final[Mapping[str, How]] = {"worst_of": "worst", "weighted": "weighted", "product_of": "product"}

ALERTS: Final = Items(
    Record(
        {
            "burn": Field(
                Text(amounts.burn_share, amounts.SHARE_SCHEMA), "The share of the budget that burns.", "burn: 2%", True
            ),
            "within": Field(
                Text(amounts.alert_window, amounts.LENGTH_SCHEMA),
                "The time in which it burns.",
                "within: 1h",
                required=True,
            ),
            "severity": Field(
                Text(amounts.severity, {"enum": ["page", "ticket"]}),
                "page: wake somebody up; ticket: it can wait for working hours.",
                "severity: page",
                required=True,
            ),
        }
    )
)

_OWNER: Final = Field(
    Text(), "Who can improve it, where that is not who operates the service: a key of teams.", "owner: network"
)
_PART: Final = Record(
    {
        "values": Field(
            Texts(lone=True), "Which values of the column it has. Left out: its own name.", "values: [JP-13, JP-14]"
        ),
        "owner": _OWNER,
        "target": Field(
            Text(amounts.target, amounts.TARGET_SCHEMA),
            "A target of its own. Left out: that of the whole.",
            "target: 99.5%",
        ),
        "alerts": Field(
            ALERTS,
            "When to alert on this part alone. Left out: never; the whole alerts.",
            "alerts: [{burn: 2%, within: 1h, severity: page}]",
        ),
    },
    blank=True,
)
_SPLIT: Final = Record(
    {
        "by": Field(Text(amounts.column), "The column whose values tell the parts apart.", "by: region", True),
        "parts": Field(
            Names(_PART, amounts.part_name, amounts.NAME_SCHEMA, "{owner: network}", True),
            "The parts: a list of values, or part -> what is special about it. All else is the part `other`.",
            "parts: [tokyo, osaka]",
            True,
        ),
    }
)
_PROBES: Final = Record(
    {
        "source": Field(Text(), "Where the events of the probes are: a key of sources.", "source: probe-log", True),
        "valid": Field(CONDITION, "Which of them count. Left out: all of them.", "valid: target = 'play-video'"),
        "good": Field(CONDITION, "When a probe went well.", "good: result = 'ok'", True),
        "every": Field(
            Text(amounts.interval, amounts.LENGTH_SCHEMA),
            "How often a probe comes at least. When none does, reports say so.",
            "every: 5m",
            True,
        ),
    }
)

KEYS: Final[Mapping[str, Field]] = {
    "owner": _OWNER,
    "worst_of": Field(
        Texts(), "In place of good: as good as the worst of these objectives.", "worst_of: [play-video/availability]"
    ),
    "weighted": Field(
        Table(
            Text(amounts.weight, amounts.WEIGHT_SCHEMA), amounts.slo_name, amounts.SLO_NAME_SCHEMA, "3", required=True
        ),
        "In place of good: the mean of these objectives, each with its weight.",
        "weighted: {play-video/availability: 3, login/availability: 1}",
    ),
    "product_of": Field(
        Texts(), "In place of good: the product of these objectives.", "product_of: [login/availability]"
    ),
    "split": Field(
        _SPLIT, "Parts that add up to it, by the values of a column.", "split: {by: region, parts: [tokyo, osaka]}"
    ),
    "probes": Field(
        Either(Text(amounts.nothing, {"enum": ["none"]}), _PROBES),
        "Events of probes that count beside those of users, where traffic is low; or none.",
        "probes: {source: probe-log, good: result = 'ok', every: 5m}",
    ),
}
_OF_EVENTS: Final = ("valid", "of", "void", "method", "split", "probes")


def composite(written: Mapping[str, Any]) -> Composite | None:
    """The objectives that one is put together from; None when it is counted itself."""
    for key, how in COMPOSITES.items():
        if key in written:
            parts = written[key]
            weights = parts.items() if isinstance(parts, Mapping) else ((name, Fraction(1)) for name in parts)
            return Composite(how, tuple(weights))
    return None


def rules(written: Mapping[str, Any]) -> tuple[BurnRule, ...] | None:
    """The alert rules that are written; None when none are spoken of."""
    if "alerts" not in written:
        return None
    return tuple(
        BurnRule(rule["burn"], rule["within"], rule["severity"]) for rule in written["alerts"] if len(rule) == 3
    )


def refuse_misplaced(keys: tuple[str, ...], marks: Marks, findings: Findings) -> None:
    """Keys that only what is counted event by event can have."""
    for key in _OF_EVENTS:
        if marks.has((*keys, key)):
            message = t("'{key}' does not go with an objective put together from others", key=key)
            findings.error(marks.locate((*keys, key), key=True), message, t("write it with its parts instead"))


def with_probes(slo: Slo, probes: Mapping[str, Any] | None, keys: tuple[str, ...], parse: Parse) -> Slo:
    """The sum of two accounts: the events of users as `slo` has them, and those of probes. `keys`: where they are."""
    if not probes or not {"source", "good", "every"} <= probes.keys():
        return slo
    valid = parse((*keys, "valid"), probes.get("valid", "true"))
    good = parse((*keys, "good"), probes["good"])
    if valid is None or good is None:
        return slo
    users = replace(slo, name=f"{slo.name}/{USERS}", alerts=())
    measure = Events(probes["source"], valid, good)
    measured = replace(users, name=f"{slo.name}/{PROBES}", measure=measure, probe_minutes=probes["every"])
    both = tuple((account.name, Fraction(1)) for account in (users, measured))
    return replace(slo, measure=Composite("sum", both), accounts=(users, measured))


def split(
    slo: Slo, written: Mapping[str, Any], keys: tuple[str, ...], parse: Parse, findings: Findings, marks: Marks
) -> Slo:
    """`slo` with its parts: each an SLO of its own, and always one for all else, so that they add up to it."""
    place = marks.locate(keys, key=True)
    by, parts = written.get("by"), written.get("parts")
    if by is None or not parts or parse((*keys, "by"), f"{by} is null") is None:
        return slo
    if not isinstance(slo.measure, Events):
        message = t("only an objective that is counted event by event can be split, and not one with probes")
        findings.error(place, message, t("leave out split:, or write probes: none"))
        return slo
    if slo.method.slice_minutes:
        message = t("an objective of time slices cannot be split: bad slices of parts do not add up")
        findings.error(place, message, t("leave out split:, or method:"))
        return slo
    values = {name: part.get("values", (name,)) for name, part in parts.items()}
    _refuse_twice(values, keys, findings, marks)
    every = _listed(value for own in values.values() for value in own)
    conditions = {name: f"{by} in ({_listed(own)})" for name, own in values.items()}
    conditions[OTHER] = f"({by} is null or {by} not in ({every}))"
    made = [_part(slo, slo.measure, name, parts.get(name, {}), text, parse, keys) for name, text in conditions.items()]
    return replace(slo, parts=tuple(part for part in made if part))


def _part(
    slo: Slo, whole: Events, name: str, written: Mapping[str, Any], condition: str, parse: Parse, keys: tuple[str, ...]
) -> Slo | None:
    valid = parse((*keys, "by"), f"({canonical(whole.valid.text)}) and {condition}")
    if valid is None:
        return None
    return replace(
        slo,
        name=f"{slo.name}/{name}",
        measure=replace(whole, valid=valid),
        target=written.get("target", slo.target),
        alerts=rules(written) or (),
        owner=written.get("owner", slo.owner),
    )


def _refuse_twice(values: Mapping[str, Sequence[str]], keys: tuple[str, ...], findings: Findings, marks: Marks) -> None:
    holder: dict[str, str] = {}
    for name, own in values.items():
        for value in own:
            if holder.setdefault(value, name) != name:
                message = t("'{value}' is in two parts, first in {name}", value=value, name=holder[value])
                findings.error(marks.locate((*keys, "parts", name), key=True), message, t("keep one of the two"))


def _listed(values: Any) -> str:
    return ", ".join("'" + value.replace("'", "''") + "'" for value in dict.fromkeys(values))


def check(book: Book, marks: Marks, findings: Findings) -> None:
    """Errors of composites: parts that there are not, that are written twice, that count slices, or go in a circle."""
    known = {slo.name: slo for journey in book.journeys.values() for one in journey.slos for slo in (one, *one.parts)}
    composites = {name: slo.measure for name, slo in known.items() if _combined(slo)}
    for name, measure in composites.items():
        if not isinstance(measure, Composite):
            continue
        keys = _keys_of(measure, name)
        seen: set[str] = set()
        for number, (part, _) in enumerate(measure.parts):
            place = marks.locate((*keys, part if measure.how == "weighted" else str(number)), key=True)
            if part in seen:
                findings.error(place, t("'{name}' is written twice", name=part), t("keep one of the two"))
            elif part not in known and not _told_already(part, measure, known, marks):
                findings.error(place, t("there is no objective '{name}'", name=part), nearest(part, known))
            elif part in known and known[part].method.slice_minutes:
                message = t("'{name}' counts slices of time, and cannot be put together with others", name=part)
                findings.error(place, message, t("name an objective that counts events"))
            elif circle := _circle(part, name, composites):
                message = t("{name} would be made of itself: {path}", name=name, path=" -> ".join([name, *circle]))
                findings.error(place, message, t("leave one of them out"))
            seen.add(part)


def _combined(slo: Slo) -> bool:
    return isinstance(slo.measure, Composite) and slo.measure.how != "sum"


def _keys_of(measure: Composite, name: str) -> tuple[str, ...]:
    journey, sli = name.split("/")
    word = next(key for key, how in COMPOSITES.items() if how == measure.how)
    return "journeys", journey, "slos", sli, word


def _told_already(name: str, measure: Composite, known: Collection[str], marks: Marks) -> bool:
    """Whether an error was found in the name itself, or in the SLO of that name."""
    journey, *below = name.split("/")
    if not below:
        return measure.how == "weighted"
    return f"{journey}/{below[0]}" not in known and marks.has(("journeys", journey, "slos", below[0]))


def _circle(start: str, end: str, composites: Mapping[str, object]) -> list[str]:
    """A way from `start` to `end` along the parts of composites; empty when there is none."""
    ways, seen = [[start]], {start}
    while ways:
        way = ways.pop(0)
        if way[-1] == end:
            return way
        below = composites.get(way[-1])
        for part, _ in below.parts if isinstance(below, Composite) else ():
            if part not in seen:
                seen.add(part)
                ways.append([*way, part])
    return []


def owners(book: Book) -> Collection[tuple[tuple[str, ...], str]]:
    """Every team that is named as an owner, with the keys it is written under."""
    found: list[tuple[tuple[str, ...], str]] = []
    for journey in book.journeys.values():
        for slo in journey.slos:
            keys = (*book.place_of(journey), "slos", slo.name.split("/")[1])
            found += [((*keys, "owner"), slo.owner)] if slo.owner else []
            for part in slo.parts:
                if part.owner and part.owner != slo.owner:
                    name = part.name.split("/")[2]
                    within = name.split("-", 1) if journey.key in book.fleets else ("parts", name)
                    found.append(((*keys, "split", *within, "owner"), part.owner))
    return found
