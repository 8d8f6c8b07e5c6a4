"""The registry: postmortems as the store has them. A store or a transaction will do. Ids are never given twice, and
outlive teams: a postmortem of a team that is no longer in the book keeps its key."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any, Final, Literal, get_args

import msgspec
from sqlalchemy import Connection, Row, Select, select

from kakeibo.errors import UsageError
from kakeibo.i18n import t
from kakeibo.postmortems.form import Action, Head
from kakeibo.store import Store, tables

State = Literal["draft", "ready", "published", "withdrawn"]
"""ready: every question is answered, the meeting can be; published: reviewed, its numbers stay; withdrawn: a draft
that nobody needs, which is kept."""
STATES: Final[tuple[State, ...]] = get_args(State)
Where = Store | Connection
LATEST = 0


@dataclass(frozen=True, slots=True)
class Postmortem:
    """A postmortem as lists and sums need it: the head and the actions of its newest text, and how far it has come.

    Times are seconds since 1970. `version` counts its texts; `origin`: the file that it was imported from.
    """

    id: int
    state: State
    version: int
    head: Head
    actions: tuple[Action, ...]
    opened_at: int
    ready_at: int | None = None
    published_at: int | None = None
    reviewer: str = ""
    origin: str = ""

    @property
    def name(self) -> str:
        """How people call it, for ever: PM-12."""
        return f"PM-{self.id}"

    @property
    def title(self) -> str:
        return self.head.title

    @property
    def date(self) -> date:
        """The day of the organisation's calendar on which it happened."""
        return self.head.date

    @property
    def team(self) -> str | None:
        return self.head.team

    @property
    def services(self) -> tuple[str, ...]:
        return self.head.services

    @property
    def incident(self) -> int | None:
        return self.head.incident

    @property
    def triggers(self) -> tuple[str, ...]:
        return self.head.triggers

    @property
    def root_causes(self) -> tuple[str, ...]:
        return self.head.root_causes

    @property
    def causes(self) -> tuple[str, ...]:
        """Its keys on both axes."""
        return self.head.triggers + self.head.root_causes

    @property
    def external(self) -> bool:
        """Whether the cause lies outside the organisation."""
        return self.head.external

    @property
    def burnt(self) -> Mapping[str, Fraction]:
        """SLO's name -> the share of its budget that the incident burnt, exact; without those that nobody knows."""
        return self.head.measured.burnt

    @property
    def most_burnt(self) -> Fraction | None:
        """The largest of these shares; None: not known."""
        return max(self.burnt.values(), default=None)


@dataclass(frozen=True, slots=True)
class Version:
    """One text of a postmortem, by whom and when; `note`: why it was changed."""

    number: int
    text: str
    author: str
    at: int
    note: str


@dataclass(frozen=True, slots=True)
class Step:
    """Something that was done with a postmortem as a whole, such as "opened", "ready", "published"."""

    step: str
    author: str
    detail: str
    at: int


def postmortem(where: Where, number: int) -> Postmortem:
    """Raises UsageError when there is none of that number."""
    with reading(where) as connection:
        found = _found(connection, select(tables.postmortems).where(tables.postmortems.c.id == number))
    if not found:
        raise UsageError(t("there is no postmortem PM-{id}", id=number), t("kakeibo postmortem list shows them"))
    return found[0]


def number_of(name: str) -> int:
    """12 of "PM-12", "pm-12" or "12". Raises UsageError for anything else."""
    digits = name.strip().upper().removeprefix("PM-")
    if digits.isascii() and digits.isdecimal() and len(digits) < 10:
        return int(digits)
    raise UsageError(
        t("'{name}' is no postmortem", name=name[:40]), t("write PM-12, as kakeibo postmortem list has it")
    )


def postmortems(
    where: Where,
    *,
    states: Collection[State] | None = None,
    team: str | None = None,
    numbers: Collection[int] | None = None,
) -> list[Postmortem]:
    """Postmortems, the newest day first: all, those in `states`, those of a team, those of `numbers`."""
    table = tables.postmortems.c
    rows = select(tables.postmortems).order_by(table.day.desc(), table.id.desc())
    if states is not None:
        rows = rows.where(table.state.in_(states))
    if team is not None:
        rows = rows.where(table.team == team)
    if numbers is not None:
        rows = rows.where(table.id.in_(numbers))
    with reading(where) as connection:
        return _found(connection, rows)


def published(where: Where) -> list[Postmortem]:
    """Every published postmortem, the newest day first."""
    return postmortems(where, states=["published"])


def of_incident(where: Where, incident: int) -> Postmortem | None:
    """The first postmortem of an incident that was not withdrawn; one that was where there is no other."""
    table = tables.postmortems.c
    rows = select(tables.postmortems).where(table.incident == incident)
    with reading(where) as connection:
        found = _found(connection, rows.order_by(table.state == "withdrawn", table.id).limit(1))
    return found[0] if found else None


def of_origin(where: Where, origin: str) -> Postmortem | None:
    """The postmortem that was imported from a file."""
    with reading(where) as connection:
        found = _found(connection, select(tables.postmortems).where(tables.postmortems.c.origin == origin))
    return found[0] if found else None


def text(where: Where, number: int, version: int = LATEST) -> Version:
    """A text of a postmortem; the newest where no version is named. Raises UsageError when there is none."""
    table = tables.postmortem_texts.c
    rows = select(tables.postmortem_texts).where(table.postmortem_id == number).order_by(table.version.desc()).limit(1)
    with reading(where) as connection:
        row = connection.execute(rows.where(table.version == version) if version else rows).one_or_none()
    if row is None:
        raise UsageError(
            t("PM-{id} has no version {version}", id=number, version=version), t("kakeibo postmortem show lists them")
        )
    return _version(row)


def versions(where: Where, number: int) -> list[Version]:
    """Every text of a postmortem, the oldest first."""
    table = tables.postmortem_texts.c
    with reading(where) as connection:
        rows = connection.execute(
            select(tables.postmortem_texts).where(table.postmortem_id == number).order_by(table.version)
        )
        return [_version(row) for row in rows]


def steps(where: Where, number: int) -> list[Step]:
    """What was done with a postmortem, in order."""
    table = tables.postmortem_steps.c
    with reading(where) as connection:
        rows = select(table.step, table.author, table.detail, table.at).where(table.postmortem_id == number)
        return [Step(*row) for row in connection.execute(rows.order_by(table.id))]


def readers(where: Where) -> dict[int, int]:
    """How many people have opened each postmortem's page: only those who were signed in can be told apart."""
    table = tables.postmortem_readers.c
    found: dict[int, int] = {}
    with reading(where) as connection:
        for number in connection.scalars(select(table.postmortem_id)):
            found[number] = found.get(number, 0) + 1
    return found


def has_read(where: Where, number: int, reader: str) -> bool:
    """Whether somebody has opened its page before."""
    table = tables.postmortem_readers.c
    with reading(where) as connection:
        return (
            connection.scalar(select(table.at).where(table.postmortem_id == number, table.reader == reader)) is not None
        )


@contextmanager
def reading(where: Where) -> Iterator[Connection]:
    """The transaction, or one of the store."""
    if isinstance(where, Connection):
        yield where
    else:
        with where.reading() as connection:
            yield connection


class Facts(msgspec.Struct, frozen=True):
    """What the column `facts` has."""

    head: Head
    actions: tuple[Action, ...]


def encoded(head: Head, actions: tuple[Action, ...]) -> str:
    """As the store keeps it: JSON, fractions as exact texts."""
    return msgspec.json.encode(Facts(head, actions), enc_hook=str).decode()


_FACTS = msgspec.json.Decoder(Facts, dec_hook=lambda kind, written: kind(written))


def _found(connection: Connection, rows: Select[Any]) -> list[Postmortem]:
    return [_postmortem(row) for row in connection.execute(rows)]


def _postmortem(row: Row[Any]) -> Postmortem:
    facts = _FACTS.decode(row.facts)
    return Postmortem(
        id=row.id,
        state=row.state,
        version=row.version,
        head=facts.head,
        actions=facts.actions,
        opened_at=row.opened,
        ready_at=row.readied or None,
        published_at=row.published or None,
        reviewer=row.reviewer,
        origin=row.origin,
    )


def _version(row: Row[Any]) -> Version:
    return Version(row.version, row.text, row.author, row.at, row.note)
