"""The sections people and oncall: their shape, their model objects, and the names that they use of each other."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import Any, Final

from kakeibo.definitions import amounts, roster_texts
from kakeibo.definitions.marks import Findings, Marks
from kakeibo.definitions.shapes import Field, Items, Record, Table, Text, Texts, nearest, written_like
from kakeibo.duties import Duty, Handover, Layer, Person, Rota, Step
from kakeibo.i18n import t
from kakeibo.model import Book

USUAL_STEP: Final = 5
"""Minutes from one rota to the next where a team has written no escalation."""
USUAL_REPEAT: Final = 2
USUAL_REPEAT_AFTER: Final = 10
"""Minutes."""
USUAL_HANDOVER: Final = Handover(7 * 24, 10 * 60, 0)

_TIMEZONE: Final = Text(amounts.timezone)
_LENGTH: Final = Text(amounts.interval, amounts.LENGTH_SCHEMA)
_WAYS: Final = Items(Text(roster_texts.contact, roster_texts.CONTACT_SCHEMA))

PERSON: Final = Record(
    {
        "name": Field(Text(), "The name or role for people. Left out: the key.", "name: SRE 1"),
        "email": Field(
            Text(roster_texts.email, roster_texts.MAIL_SCHEMA),
            "The mail address, or $NAME of the environment.",
            "email: $SRE_1_MAIL",
        ),
        "phone": Field(
            Text(roster_texts.phone, roster_texts.PHONE_SCHEMA),
            "The telephone number with its country, or $NAME of the environment.",
            "phone: $SRE_1_PHONE",
        ),
        "slack": Field(Text(), "The member ID in Slack.", "slack: U012AB3CD"),
        "language": Field(
            Text(amounts.language, {"enum": ["en", "ja"]}),
            "The language to write to them in. Left out: the organisation's.",
            "language: ja",
        ),
        "timezone": Field(_TIMEZONE, "Where they live: an IANA time zone.", "timezone: Asia/Tokyo"),
        "contact": Field(
            Record(
                {
                    "page": Field(_WAYS, "When it is urgent.", "page: [slack, phone after 5m]"),
                    "ticket": Field(_WAYS, "When it can wait.", "ticket: [email]"),
                },
                some=True,
            ),
            "How to reach them, by urgency, in order. Left out: every address at once, the telephone for pages alone.",
            "contact: {page: [slack, phone after 5m], ticket: [email]}",
        ),
        "absences": Field(Text(), "An .ics file of the times they are away.", "absences: calendars/sre-1.ics"),
    },
    blank=True,
)

LAYER: Final = Record(
    {
        "participants": Field(Texts(), "Who takes turns, in order: keys of people.", "participants: [sre-1, sre-2]"),
        "start": Field(
            Text(roster_texts.day, roster_texts.DAY_SCHEMA),
            "The first turn begins at the first handover from this day on.",
            "start: 2026-10-05",
        ),
        "handover": Field(
            Text(roster_texts.handover, roster_texts.HANDOVER_SCHEMA),
            "When the next one takes over, in local time. Left out: weekly Mon 10:00.",
            "handover: weekly Mon 10:00",
        ),
        "hours": Field(
            Items(Text(roster_texts.hours, roster_texts.HOURS_SCHEMA)),
            "The layer holds only at these local times. Left out: always.",
            "hours: [Mon-Fri 09:00-18:00]",
        ),
        "timezone": Field(_TIMEZONE, "Whose local time. Left out: the team's.", "timezone: Europe/Berlin"),
        "from_ical": Field(
            Text(), "An .ics file that says who is on duty when, in place of participants.", "from_ical: shifts.ics"
        ),
        "except_ical": Field(
            Text(), "An .ics file of times when the layer does not hold, such as holidays.", "except_ical: holidays.ics"
        ),
    }
)

_STEP: Final = Record(
    {
        "notify": Field(
            Texts(lone=True), "Whom to call: a rota, a key of people, or a team of oncall.", "notify: [primary]", True
        ),
        "after": Field(_LENGTH, "How long after the step before has begun. Left out: at once.", "after: 5m"),
    }
)

DUTY: Final = Record(
    {
        "timezone": Field(_TIMEZONE, "Local time of the rotas. Left out: the organisation's.", "timezone: Asia/Tokyo"),
        "rotas": Field(
            Table(
                Items(LAYER),
                amounts.name,
                amounts.NAME_SCHEMA,
                "[{participants: [sre-1, sre-2], start: 2026-10-05}]",
                True,
            ),
            "Who is on duty: rota -> layers. Of the layers, the first that has somebody counts.",
            "rotas: {primary: [{participants: [sre-1, sre-2], start: 2026-10-05, handover: weekly Mon 10:00}]}",
            required=True,
        ),
        "escalation": Field(
            Items(_STEP),
            "Who is called, and who next while nobody answers. Left out: rota after rota, every 5 minutes.",
            "escalation: [{notify: primary}, {notify: secondary, after: 5m}]",
        ),
        "repeat": Field(
            Text(roster_texts.repeats, roster_texts.REPEAT_SCHEMA),
            "How often the steps are gone through again while nobody answers. Left out: 2.",
            "repeat: 2",
        ),
        "repeat_after": Field(
            _LENGTH, "How long after the last step they begin again. Left out: 10m.", "repeat_after: 10m"
        ),
    }
)


def people(section: Mapping[str, Mapping[str, Any]], marks: Marks) -> dict[str, Person]:
    found = {}
    for key, values in section.items():
        plain = {name: values.get(name) for name in ("email", "phone", "slack", "language", "timezone")}
        base = _folder(marks, ("people", key))
        away = base / values["absences"] if "absences" in values else None
        found[key] = Person(key, values.get("name", key), **plain, contact=values.get("contact", {}), absences=away)
    return found


def oncall(section: Mapping[str, Mapping[str, Any]], zone: str, marks: Marks) -> dict[str, Duty]:
    """Team -> its on-call; `zone` is the organisation's."""
    found = {}
    for team, values in section.items():
        local = values.get("timezone", zone)
        base = _folder(marks, ("oncall", team))
        rotas = {
            key: Rota(team, key, tuple(_layer(layer, local, base) for layer in layers))
            for key, layers in values.get("rotas", {}).items()
        }
        steps = tuple(Step(step.get("notify", ()), step.get("after", 0)) for step in values.get("escalation", ()))
        repeat, after = values.get("repeat", USUAL_REPEAT), values.get("repeat_after", USUAL_REPEAT_AFTER)
        found[team] = Duty(team, local, rotas, steps or usual_steps(rotas), repeat, after)
    return found


def usual_steps(rotas: Iterable[str]) -> tuple[Step, ...]:
    """Rota after rota."""
    return tuple(Step((rota,), USUAL_STEP if number else 0) for number, rota in enumerate(rotas))


def check(book: Book, marks: Marks, findings: Findings) -> None:
    """Errors: names that do not exist or mean two things, layers that say nobody, or twice who."""
    people, teams = marks.names("people"), marks.names("teams")

    def known(keys: tuple[str, ...], name: str, names: Collection[str], message: str) -> None:
        if name not in names:
            findings.error(marks.locate(keys), message.format(name=name), nearest(name, names))

    for team, duty in book.oncall.items():
        place = ("oncall", team)
        if team not in teams:
            findings.error(
                marks.locate(place, key=True), t("there is no team '{name}'", name=team), nearest(team, teams)
            )
        for key, rota in duty.rotas.items():
            if key in people or key in book.oncall:
                message = t("'{name}' is also the name of a person or a team: who is meant cannot be told", name=key)
                findings.error(marks.locate((*place, "rotas", key), key=True), message, t("call the rota otherwise"))
            for number, layer in enumerate(rota.layers):
                where = (*place, "rotas", key, str(number))
                _check_layer(where, layer, marks, findings)
                for index, person in enumerate(layer.participants):
                    known((*where, "participants", str(index)), person, people, t("there is no person '{name}'"))
        names = [
            *duty.rotas,
            *people,
            *book.oncall,
            *(rota.name for one in book.oncall.values() for rota in one.rotas.values()),
        ]
        for number, step in enumerate(duty.escalation if marks.has((*place, "escalation")) else ()):
            for name in step.notify:
                known(
                    (*place, "escalation", str(number), "notify"),
                    name,
                    names,
                    t("there is nobody to notify called '{name}'"),
                )


def _check_layer(where: tuple[str, ...], layer: Layer, marks: Marks, findings: Findings) -> None:
    turns = {name for name in ("participants", "start", "handover") if marks.has((*where, name))}
    if layer.from_ical and turns:
        message = t("a layer has from_ical:, or participants: and start:, not both")
        findings.error(marks.locate(where), message, t("remove one of the two"))
    elif not layer.from_ical and not {"participants", "start"} <= turns:
        message = t("a layer needs participants: and start:, or from_ical:")
        findings.error(marks.locate(where), message, written_like("{participants: [sre-1, sre-2], start: 2026-10-05}"))


def _layer(values: Mapping[str, Any], zone: str, base: Path) -> Layer:
    return Layer(
        participants=values.get("participants", ()),
        start=values.get("start", date(1970, 1, 1)),
        handover=values.get("handover", USUAL_HANDOVER),
        timezone=values.get("timezone", zone),
        hours=values.get("hours", ()),
        except_ical=base / values["except_ical"] if "except_ical" in values else None,
        from_ical=base / values["from_ical"] if "from_ical" in values else None,
    )


def _folder(marks: Marks, keys: tuple[str, ...]) -> Path:
    """The folder of the file in which something is written."""
    return Path(marks.locate(keys)[0]).parent
