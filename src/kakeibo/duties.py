"""The nouns of on-call: people, how they are reached, whose turn it is, who is called next. Part of the model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Literal

Channel = Literal["slack", "email", "sms", "phone"]


@dataclass(frozen=True, slots=True)
class Contact:
    """One way to reach somebody, `after` minutes from the moment they are to be reached."""

    channel: Channel
    after: int = 0


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who can be called. `email`, `phone` and `slack` are addresses, or "$NAME" of an environment variable.

    `contact`: severity -> the ways to reach them, in order. `absences`: an .ics file of the times they are away.
    """

    key: str
    name: str
    email: str | None = None
    phone: str | None = None
    slack: str | None = None
    language: str | None = None
    timezone: str | None = None
    contact: Mapping[str, tuple[Contact, ...]] = field(default_factory=dict)
    absences: Path | None = None

    def address(self, channel: Channel) -> str | None:
        """What is written in the book for a channel: calls and text messages share the telephone number."""
        return {"slack": self.slack, "email": self.email, "sms": self.phone, "phone": self.phone}[channel]


@dataclass(frozen=True, slots=True)
class Hours:
    """Local times of the week: from `start` to `end` minutes after midnight of each of `days` (0 is Monday).

    `end` is later than `start`; beyond 1440 it is on the next day.
    """

    days: frozenset[int]
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Handover:
    """Every so many `hours`, at `minute` after local midnight, for weekly ones on `weekday` (0 is Monday)."""

    hours: int
    minute: int = 0
    weekday: int | None = None


@dataclass(frozen=True, slots=True)
class Layer:
    """People who take turns from the first handover on or after the local day `start`.

    `hours`: the layer holds only then; empty for always. `except_ical`: a file of times when it does not hold, such as
    holidays. `from_ical`: a file that says who is on duty when, in place of the turns.
    """

    participants: tuple[str, ...]
    start: date
    handover: Handover
    timezone: str
    hours: tuple[Hours, ...] = ()
    except_ical: Path | None = None
    from_ical: Path | None = None


@dataclass(frozen=True, slots=True)
class Rota:
    """Who is on duty: at each moment, that of the first of `layers` which has somebody."""

    team: str
    key: str
    layers: tuple[Layer, ...]

    @property
    def name(self) -> str:
        return f"{self.team}/{self.key}"


@dataclass(frozen=True, slots=True)
class Step:
    """Whom to call (rotas, people, teams), `after` minutes from the beginning of the step before."""

    notify: tuple[str, ...]
    after: int = 0


@dataclass(frozen=True, slots=True)
class Duty:
    """On-call of one team. The steps are gone through once and `repeat` times more, `repeat_after` minutes later."""

    team: str
    timezone: str
    rotas: Mapping[str, Rota]
    escalation: tuple[Step, ...]
    repeat: int = 2
    repeat_after: int = 10
