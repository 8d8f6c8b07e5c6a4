"""Who is on duty, when, and who next: the layers of a rota, and above them what people have changed by hand."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Final, Literal

from kakeibo import clock
from kakeibo.duties import Duty, Rota
from kakeibo.model import Revocation
from kakeibo.oncall.turns import Calendars, Turns

_HORIZONS: Final = tuple(days * clock.MINUTES_PER_DAY for days in (8, 60, 400))


@dataclass(frozen=True, slots=True)
class Change:
    """What a person entered: in the minutes [start, end) `person` is on duty in a rota ("team/rota").

    override: in place of whoever it would be. swap: in place of `other`, and `other` in place of `person`. The later
    entered goes above the earlier. `id` is None until the store has it.
    """

    kind: Literal["override", "swap"]
    rota: str
    person: str
    start: int
    end: int
    author: str
    reason: str
    entered: int
    other: str = ""
    id: int | None = None
    revoked: Revocation | None = None

    def applied(self, person: str | None, minute: int) -> str | None:
        """Who is on duty when it would have been `person`."""
        if self.revoked or not self.start <= minute < self.end:
            return person
        if self.kind == "override":
            return self.person
        return {self.person: self.other, self.other: self.person}.get(person or "", person)


@dataclass(frozen=True, slots=True)
class Shift:
    """Minutes [start, end) in which one person is on duty, or nobody. `change`: the number of the change behind it."""

    start: int
    end: int
    person: str | None
    change: int | None = None


@dataclass(frozen=True, slots=True)
class Roster:
    """A rota with all that decides who is on duty: files, and changes in the order in which they were entered."""

    rota: Rota
    calendars: Calendars = field(default_factory=dict)
    changes: Sequence[Change] = ()

    def on_duty(self, minute: int) -> str | None:
        """Who is on duty at a minute; None when nobody is."""
        return self._shift(minute).person

    def shifts(self, start: int, end: int) -> list[Shift]:
        """Who is on duty in [start, end), without a hole; neighbours differ."""
        layers = [Turns(layer, self.calendars) for layer in self.rota.layers]
        edges = {edge for layer in layers for edge in layer.boundaries(start, end)}
        edges |= {edge for change in self._changes() for edge in (change.start, change.end) if start <= edge < end}
        found: list[Shift] = []
        for first, last in pairwise(sorted(edges | {start, end})):
            shift = replace(self._shift(first), start=first, end=last)
            if found and (found[-1].person, found[-1].change) == (shift.person, shift.change):
                found[-1] = replace(found[-1], end=last)
            else:
                found.append(shift)
        return found

    def now_and_next(self, minute: int) -> tuple[Shift, Shift | None]:
        """The rest of the shift at a minute, and the one after it; None when it lasts for more than a year."""
        shifts: list[Shift] = []
        for horizon in _HORIZONS:
            shifts = self.shifts(minute, minute + horizon)
            if len(shifts) > 2:  # the last one is cut off by the horizon
                return shifts[0], shifts[1]
        return shifts[0], shifts[1] if len(shifts) > 1 else None

    def _shift(self, minute: int) -> Shift:
        person = next(
            (who for layer in self.rota.layers if (who := Turns(layer, self.calendars).on_duty(minute))), None
        )
        number = None
        for change in self._changes():
            after = change.applied(person, minute)
            if after != person:
                person, number = after, change.id
        return Shift(minute, minute + 1, person, number)

    def _changes(self) -> Iterator[Change]:
        return (change for change in self.changes if change.rota == self.rota.name and not change.revoked)


Rosters = Mapping[str, Roster]
"""By the name of the rota, "team/rota"."""


def rosters(duties: Collection[Duty], calendars: Calendars, changes: Sequence[Change]) -> dict[str, Roster]:
    """Every rota, ready to be asked."""
    return {rota.name: Roster(rota, calendars, changes) for duty in duties for rota in duty.rotas.values()}


def reached(
    duties: Mapping[str, Duty], team: str, names: Sequence[str], rosters: Rosters, minute: int
) -> tuple[str, ...]:
    """The people that the names of an escalation step of `team` stand for at a minute, each once, in order.

    A rota ("rota" of this team or "team/rota"): who is on duty. A team: everybody who takes turns in its rotas. Any
    other name: that person.
    """
    found: list[str] = []
    for name in names:
        own = f"{team}/{name}"
        if own in rosters or name in rosters:
            person = rosters[own if own in rosters else name].on_duty(minute)
            found += [person] if person else []
        elif name in duties:
            layers = [layer for rota in duties[name].rotas.values() for layer in rota.layers]
            found += [person for layer in layers for person in layer.participants]
        else:
            found.append(name)
    return tuple(dict.fromkeys(found))
