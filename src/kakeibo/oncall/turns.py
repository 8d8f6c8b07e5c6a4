"""The turns of one layer: local times -> minutes since 1970.

A local time that does not exist (the clock is put forward) is that of the clock before the change: 02:30 happens at
what is then called 03:30. One that comes twice is the first. Both as RFC 5545, 3.3.5, has it for calendars.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

from kakeibo import clock
from kakeibo.duties import Layer

_DAY = timedelta(days=1)
_FARTHEST = timedelta(hours=26)
"""No local time is further from UTC's than this, whatever its zone."""


@dataclass(frozen=True, slots=True)
class Span:
    """Minutes [start, end) of a calendar, and whom they are about: a key of people, or "" for nobody in particular."""

    start: int
    end: int
    person: str = ""


Calendars = dict[Path, tuple[Span, ...]]
"""What the .ics files of the book say, by file; in order of their beginning."""


@dataclass(frozen=True, slots=True)
class Turns:
    """A layer, ready to be asked. `calendars` has its files."""

    layer: Layer
    calendars: Calendars = field(default_factory=dict)

    def on_duty(self, minute: int) -> str | None:
        """Who of this layer is on duty at a minute; None when the layer does not hold then, or has nobody."""
        if not self._holds(minute):
            return None
        if self.layer.from_ical:
            return next((span.person for span in self._spans(self.layer.from_ical) if _within(span, minute)), None)
        number = self._turn(minute)
        return None if number is None else self.layer.participants[number % len(self.layer.participants)]

    def boundaries(self, start: int, end: int) -> Iterator[int]:
        """Every minute of [start, end) at which `on_duty` may change, in no order."""
        found: list[int] = []
        for path in (self.layer.from_ical, self.layer.except_ical):
            found += (edge for span in self._spans(path) for edge in (span.start, span.end))
        for opening, closing in self._openings(start, end):
            found += (opening, closing)
        if not self.layer.from_ical:
            number = self._turn(start)
            number = 0 if number is None else number
            while (handover := self.handover(number)) < end:
                found.append(handover)
                number += 1
        return (minute for minute in found if start <= minute < end)

    def handover(self, number: int) -> int:
        """The minute at which turn `number` begins; turn 0 is the first one."""
        return minute_of(self._first() + number * timedelta(hours=self.layer.handover.hours), self.layer.timezone)

    def _first(self) -> datetime:
        """The local time of the first handover: on or after the day the layer starts."""
        rule, start = self.layer.handover, self.layer.start
        wait = 0 if rule.weekday is None else (rule.weekday - start.weekday()) % 7
        return _at(start + wait * _DAY, rule.minute)

    def _turn(self, minute: int) -> int | None:
        """The last turn whose handover has come; None before the first."""
        ahead = local(minute, self.layer.timezone) + _FARTHEST - self._first()
        number = max(ahead // timedelta(hours=self.layer.handover.hours), -1)
        while number >= 0 and self.handover(number) > minute:
            number -= 1
        return number if number >= 0 else None

    def _holds(self, minute: int) -> bool:
        if any(_within(span, minute) for span in self._spans(self.layer.except_ical)):
            return False
        return not self.layer.hours or any(start <= minute < end for start, end in self._openings(minute, minute + 1))

    def _openings(self, start: int, end: int) -> Iterator[tuple[int, int]]:
        """The layer's hours, as minutes, on all local days that may touch [start, end)."""
        zone = self.layer.timezone
        if not self.layer.hours:
            return
        day, last = (local(start, zone) - 2 * _DAY).date(), (local(end, zone) + _DAY).date()
        while day <= last:
            for hours in self.layer.hours:
                if day.weekday() in hours.days:
                    yield minute_of(_at(day, hours.start), zone), minute_of(_at(day, hours.end), zone)
            day += _DAY

    def _spans(self, path: Path | None) -> Sequence[Span]:
        return self.calendars.get(path, ()) if path else ()


def minute_of(naive: datetime, zone: str) -> int:
    """The minute of a local time, by the rule above."""
    return clock.minute_of(naive.replace(tzinfo=clock.zone(zone), fold=0).astimezone(UTC))


def local(minute: int, zone: str) -> datetime:
    """The local time of a minute, without its zone."""
    return clock.local(minute, zone).replace(tzinfo=None)


def _at(day: date, minute: int) -> datetime:
    """So many minutes after the midnight that begins a day, on the wall."""
    return datetime.combine(day, time()) + timedelta(minutes=minute)


def _within(span: Span, minute: int) -> bool:
    return span.start <= minute < span.end
