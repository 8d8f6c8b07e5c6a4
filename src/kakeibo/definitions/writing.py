"""A book, written: model objects -> YAML that reads back as the same objects, in the style of docs/book.md.

Keys stand in the order of the documentation and what is usual is left out. A mapping stands on one line where it fits.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

from kakeibo.definitions import sign_in, writing_duties, writing_fleets
from kakeibo.definitions.measures import COMPOSITES
from kakeibo.definitions.quantities import Number, decimal, length, share
from kakeibo.definitions.writing_values import method, rules, title, window, without
from kakeibo.model import (
    OTHER,
    Book,
    Composite,
    Events,
    Journey,
    Measure,
    Queries,
    Slo,
    Source,
)

WIDTH: Final = 120
_PLAIN: Final = set(" _./<>=()-'+%*$…「」")
_NOT_TEXT: Final = re.compile(r"[-+.0-9_eExX:]+|null|true|false|yes|no|on|off|~", re.IGNORECASE)
_SPLIT: Final = re.compile(r"\) and (?P<by>[^()]+) in \((?P<values>'(?:[^']|'')*'(?:, '(?:[^']|'')*')*)\)$")
_QUOTED: Final = re.compile(r"'((?:[^']|'')*)'")


def write(book: Book) -> str:
    """The text of a book, for the folder that it is in."""
    base = book.path if book.path.is_dir() else book.path.parent
    sections = {
        "organisation": _organisation(book),
        "channels": {key: {"type": channel.kind, **channel.options} for key, channel in book.channels.items()},
        "people": {key: writing_duties.person(person, base) for key, person in book.people.items()},
        "teams": {key: without({"name": team.name if team.name != key else None, "chat": team.chat,
                                 "notify": {urgency: list(names) for urgency, names in team.notify.items()} or None,
                                 "incidents": team.incidents if team.incidents != "page" else None})
                  for key, team in book.teams.items()},
        "oncall": {key: writing_duties.duty(duty, book.organisation.timezone, base)
                   for key, duty in book.oncall.items()},
        "access": {key: {"open": list(one.open), "close": list(one.close),
                         **({"longest": length(one.longest)} if one.longest != 60 else {})}
                   for key, one in book.access.items()},
        "policies": {key: writing_duties.policy(policy) for key, policy in book.policies.items()},
        "services": {key: without({"team": service.team, "runbook": service.runbook, "title": title(service.title),
                                    "depends_on": list(service.depends_on) or None})
                     for key, service in book.services.items()},
        "sources": {key: _source(source) for key, source in book.sources.items()},
        "lists": {key: list(codes) for key, codes in book.lists.items()},
        "fleets": {key: writing_fleets.fleet(fleet, book.journeys[key], book.organisation.timezone)
                   for key, fleet in book.fleets.items()},
        "advice": without({"paths": list(book.advice.paths) or None, "notify": list(book.advice.notify) or None}),
    }  # fmt: skip
    parts = ["\n".join(block(name, section)) for name, section in sections.items() if section]
    if journeys := [journey for journey in book.journeys.values() if journey.key not in book.fleets]:
        parts.append("\n".join(_journeys(journeys, book.organisation.timezone)))
    return "\n\n".join(parts) + "\n"


def document(entries: Mapping[str, Any]) -> str:
    """A YAML document of its own."""
    return "".join(f"{line}\n" for key, value in entries.items() for line in block(key, value))


# -- YAML -----------------------------------------------------------------------------------------------------------


def scalar(text: str) -> str:
    """`text` as YAML: plain where that is safe, also inside {...}; otherwise in quotes."""
    first = text[:1].isalnum() or text[:1] in ("/", "「")
    plain = first and text == text.strip() and all(c.isalnum() or c in _PLAIN for c in text)
    if plain and not _NOT_TEXT.fullmatch(text):
        return text
    if '"' in text and "'" not in text and text.isprintable():
        return f"'{text}'"
    return '"' + "".join(_escaped(c) for c in text) + '"'


def flow(value: Any) -> str:
    """A value on one line: {key: value}, [item, item], or a scalar."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{scalar(key)}: {flow(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(flow, value)) + "]"
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, Number):
        return str(value)
    if isinstance(value, str):
        return scalar(value)
    return f"{Decimal(repr(value)):f}"


def block(key: str, value: Any, indent: int = 0) -> Iterator[str]:
    """`key: value` in as many lines as it takes; sections and lists of mappings get a line for each entry."""
    margin = " " * indent
    line = f"{margin}{scalar(key)}: {flow(value)}"
    nested = isinstance(value, Mapping) or (isinstance(value, list) and any(isinstance(i, Mapping) for i in value))
    if not value or not nested or (indent and len(line) <= WIDTH):
        yield line
    elif isinstance(value, Mapping):
        yield f"{margin}{scalar(key)}:"
        for inner, entry in value.items():
            yield from block(inner, entry, indent + 2)
    else:
        yield f"{margin}{scalar(key)}:"
        yield from items(value, indent + 2)


def items(values: Sequence[Any], indent: int) -> Iterator[str]:
    """The items of a list, each beginning with a dash."""
    margin = " " * indent
    for value in values:
        line = f"{margin}- {flow(value)}"
        if not isinstance(value, Mapping) or not value or len(line) <= WIDTH:
            yield line
            continue
        lines = [line for key, entry in value.items() for line in block(key, entry, indent + 2)]
        yield f"{margin}- {lines[0].lstrip()}"
        yield from lines[1:]


def _escaped(character: str) -> str:
    if character in '"\\':
        return "\\" + character
    if character.isprintable():
        return character
    code = ord(character)
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


# -- sections -------------------------------------------------------------------------------------------------------


def _organisation(book: Book) -> dict[str, Any]:
    organisation = book.organisation
    zone = organisation.timezone if organisation.timezone != "UTC" else None
    language = organisation.language if organisation.language != "en" else None
    return without({
        "name": organisation.name or None, "timezone": zone, "language": language,
        "heartbeat": organisation.heartbeat, "address": organisation.address,
        "digest": list(organisation.digest) or None,
        "sign_in": sign_in.written(organisation.sign_in), "notify": list(organisation.notify) or None,
    })  # fmt: skip


def _source(source: Source) -> dict[str, Any]:
    paths = list(source.paths)
    rejected = share(source.max_rejected) if source.max_rejected != Fraction(1, 100) else None
    silent = length(source.silent_after) if source.silent_after else None
    own = {"type": source.kind, "path": paths[0] if len(paths) == 1 else paths or None, "timezone": source.timezone}
    columns = {"breakdown": list(source.breakdown) or None, "histogram": list(source.histogram) or None}
    return {**without({**own, "max_rejected": rejected, "silent_after": silent, **columns}), **source.options}


def _journeys(journeys: Iterable[Journey], timezone: str) -> Iterator[str]:
    yield "journeys:"
    for number, journey in enumerate(journeys):
        if number:
            yield ""
        yield from _journey(journey, timezone)


def _journey(journey: Journey, timezone: str) -> Iterator[str]:
    common = _common(journey)
    yield f"  {journey.key}:"
    entries = {"title": title(journey.title), "kind": "cmc" if journey.kind == "cmc" else None,
               "service": journey.service, "source": journey.source or None, **common}  # fmt: skip
    for key, value in without(entries).items():
        yield from block(key, value, 4)
    yield "    slos:"
    for slo in journey.slos:
        yield from block(slo.name.partition("/")[2], _slo(slo, common, timezone), 6)


def _common(journey: Journey) -> dict[str, str]:
    """What all SLOs of a journey share is written once, with the journey."""
    shared: dict[str, str] = {}
    for key in ("valid", "void"):
        texts = {_conditions(slo).get(key) for slo in journey.slos}
        text = texts.pop() if len(texts) == 1 else None
        if text is not None:
            shared[key] = text
    return shared


def _counted(slo: Slo) -> Measure:
    """What is counted of users, where probes are counted beside them."""
    return slo.accounts[0].measure if slo.accounts else slo.measure


def _conditions(slo: Slo) -> dict[str, str]:
    """What is asked of the source; nothing where other objectives are put together."""
    measure = _counted(slo)
    if isinstance(measure, Composite):
        return {}
    if isinstance(measure, Queries):
        return without({"valid": measure.valid, "good": measure.good, "bad": measure.bad})
    valid = measure.valid.text if measure.valid.text != "true" else None
    return without({"valid": valid, "good": measure.good.text, "void": measure.void.text if measure.void else None})


def combined(slo: Slo) -> dict[str, Any]:
    """The objectives that one is put together from."""
    measure = _counted(slo)
    if not isinstance(measure, Composite):
        return {}
    key = next(key for key, how in COMPOSITES.items() if how == measure.how)
    if measure.how == "weighted":
        return {key: {name: Number(decimal(weight)) for name, weight in measure.parts}}
    return {key: [name for name, _ in measure.parts]}


def probes(slo: Slo) -> dict[str, Any] | None:
    if not slo.accounts:
        return None
    probes = slo.accounts[1]
    measure = probes.measure
    source = measure.source if isinstance(measure, Events) else None
    return without({"source": source, **_conditions(probes), "every": length(probes.probe_minutes or 1)})


def split(slo: Slo) -> dict[str, Any] | None:
    """By which column, and the parts with what is special about them; the reader adds the part for all else."""
    asked = {part.name.rpartition("/")[2]: _SPLIT.search(_conditions(part)["valid"]) for part in slo.parts}
    by = next((found["by"] for found in asked.values() if found), None)
    if by is None:
        return None
    parts: dict[str, Any] = {}
    for part in slo.parts:
        name = part.name.rpartition("/")[2]
        found = asked[name]
        if name == OTHER or found is None:
            continue
        values = [text.replace("''", "'") for text in _QUOTED.findall(found["values"])]
        parts[name] = without({
            "values": values if values != [name] else None,
            "owner": part.owner if part.owner != slo.owner else None,
            "target": share(part.target) if part.target != slo.target else None,
            "alerts": rules(part.alerts or None),
        })  # fmt: skip
    return {"by": by, "parts": parts if any(parts.values()) else list(parts)}


def _slo(slo: Slo, common: Mapping[str, str], timezone: str) -> dict[str, Any]:
    conditions = {key: text for key, text in _conditions(slo).items() if key not in common}
    first: tuple[str, ...] = ("valid", "good", "bad") if isinstance(slo.measure, Queries) else ("good",)
    return without({
        **combined(slo),
        **{key: conditions.pop(key) for key in first if key in conditions},
        "target": share(slo.target),
        "window": window(slo.window, timezone),
        **conditions,
        "method": method(slo.method),
        "alerts": rules(slo.alerts),
        "minimum_bad": slo.minimum_bad,
        "owner": slo.owner,
        "stage": slo.stage if slo.stage != "provisional" else None,
        "split": split(slo),
        "probes": probes(slo),
    })  # fmt: skip
