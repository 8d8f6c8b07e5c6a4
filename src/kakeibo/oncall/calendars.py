"""Calendars in and out: the text of an .ics file -> spans of minutes, shifts -> the text of an .ics file (RFC 5545)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final

from icalendar import Calendar, Event, Timezone, TimezoneDaylight, TimezoneStandard

from kakeibo import clock
from kakeibo.errors import UsageError
from kakeibo.i18n import t
from kakeibo.oncall.rotas import Shift
from kakeibo.oncall.turns import Span, minute_of

_TOO_OFTEN: Final = ("SECONDLY", "MINUTELY")
_PRODUCT: Final = "-//kakeibo//on-call//EN"


@dataclass(frozen=True, slots=True)
class Entry:
    """What an event of a calendar says of whom it is about: its title, and the mail addresses of those invited."""

    title: str
    mails: tuple[str, ...]


def spans(text: bytes, zone: str, start: int, end: int, person: Callable[[Entry], str]) -> tuple[Span, ...]:
    """The events of a calendar that touch the minutes [start, end), repeating ones too, in order of their beginning.

    Whole days, and times that are written without a zone, are in `zone`. `person` tells whom an event is about.
    Cancelled events and those without a length are left out. Raises UsageError for a text that is no calendar.
    """
    try:
        events: list[Any] = [
            event for event in Calendar.from_ical(text).walk("VEVENT") if event.get("STATUS") != "CANCELLED"
        ]
        moved = {
            (_uid(event), _instant(event["RECURRENCE-ID"].dt, zone)) for event in events if "RECURRENCE-ID" in event
        }
        found = {
            Span(first, last, person(_entry(event)))
            for event in events
            for first, last in _occurrences(event, zone, (start, end), moved)
            if first < last and first < end and last > start
        }
    except (ValueError, KeyError, AttributeError, TypeError, OverflowError) as error:
        reason = " ".join(str(error).split())[:160]
        raise UsageError(t("not readable as a calendar ({reason})", reason=reason), t("save it as .ics")) from None
    return tuple(sorted(found, key=lambda span: (span.start, span.end, span.person)))


def written(title: str, shifts: Sequence[tuple[str, str, Shift]], zone: str, now: datetime) -> bytes:
    """A calendar of shifts in local time of `zone`: its title; of each shift a summary, an identifier, the times."""
    calendar = Calendar()
    for name, value in (("prodid", _PRODUCT), ("version", "2.0"), ("x-wr-calname", title), ("x-wr-timezone", zone)):
        calendar.add(name, value)
    if shifts and zone != "UTC":
        first, last = min(shift.start for *_, shift in shifts), max(shift.end for *_, shift in shifts)
        calendar.add_component(_timezone(zone, first, last))
    for summary, uid, shift in shifts:
        event = Event()
        event.add("uid", f"{uid}-{shift.start}@kakeibo")
        event.add("dtstamp", now.astimezone(UTC).replace(microsecond=0))
        event.add("dtstart", clock.local(shift.start, zone))
        event.add("dtend", clock.local(shift.end, zone))
        event.add("summary", summary)
        calendar.add_component(event)
    return bytes(calendar.to_ical())


def _occurrences(
    event: Any, zone: str, window: tuple[int, int], moved: set[tuple[str, int]]
) -> Iterator[tuple[int, int]]:
    """Beginnings and ends, in minutes. Repeats are those of the clock on the wall, without the exceptions."""
    starts = event["DTSTART"].dt
    local_zone = _zone_of(starts, zone)
    first = _wall(starts, local_zone)
    lasts = event["DTEND"].dt if "DTEND" in event else None
    length = _wall(lasts, local_zone) - first if lasts else _duration(event, starts)
    walls = {first}
    if "RRULE" in event and "RECURRENCE-ID" not in event:
        walls |= set(_repeated(event, first, length, local_zone, window))
    walls |= {_wall(when, local_zone) for when, _ in event.rdates if not isinstance(when, tuple)}
    walls -= {_wall(when, local_zone) for when in event.exdates}
    for wall in walls:
        if "RECURRENCE-ID" in event or (_uid(event), minute_of(wall, local_zone)) not in moved:
            yield minute_of(wall, local_zone), minute_of(wall + length, local_zone)


def _repeated(event: Any, first: datetime, length: timedelta, zone: str, window: tuple[int, int]) -> list[datetime]:
    from dateutil.rrule import rrulestr

    rule = event["RRULE"]
    if any(one in _TOO_OFTEN for one in rule.get("FREQ", ())):
        raise ValueError(t("an event that repeats every minute or second"))
    parts = {name: value for name, value in rule.items() if name != "UNTIL"}
    text = type(rule)(parts).to_ical().decode()
    for until in rule.get("UNTIL", ()):
        whole = not isinstance(until, datetime)  # a day includes all of it
        last = datetime.combine(until, time.max) if whole else _wall(until, zone)
        text += f";UNTIL={last:%Y%m%dT%H%M%S}"
    start, end = (clock.local(minute, zone).replace(tzinfo=None) for minute in window)
    return list(rrulestr(text, dtstart=first).between(start - length, end, inc=True))


def _duration(event: Any, start: date) -> timedelta:
    """Without an end: its duration, or the whole day; a moment has no length."""
    if "DURATION" in event:
        return timedelta(seconds=event["DURATION"].dt.total_seconds())
    return timedelta(0) if isinstance(start, datetime) else timedelta(days=1)


def _wall(when: date, zone: str) -> datetime:
    """What the clock on the wall shows in `zone`; a time without a zone is one of that clock already."""
    if not isinstance(when, datetime):
        return datetime.combine(when, time())
    return when.astimezone(clock.zone(zone)).replace(tzinfo=None) if when.tzinfo else when


def _instant(when: date, zone: str) -> int:
    return minute_of(_wall(when, zone), zone)


def _zone_of(when: date, zone: str) -> str:
    """The zone in which an event repeats: its own where the system knows it by that name, else `zone`."""
    key = getattr(when.tzinfo, "key", None) if isinstance(when, datetime) else None
    return key if isinstance(key, str) and key != "UTC" else zone


def _uid(event: Any) -> str:
    return str(event.get("UID", ""))


def _entry(event: Any) -> Entry:
    invited = event.get("ATTENDEE", [])
    invited = invited if isinstance(invited, list) else [invited]
    mails = (str(one).lower().removeprefix("mailto:") for one in invited)
    return Entry(str(event.get("SUMMARY", "")).strip(), tuple(mails))


def _timezone(name: str, first: int, last: int) -> Timezone:
    """The offsets of a zone over a stretch of time, each from the local time at which it begins."""
    zone = Timezone()
    zone.add("tzid", name)
    begin = clock.local(first - clock.MINUTES_PER_DAY, name)
    edges = [(begin.replace(tzinfo=None), begin, begin)]
    for minute in _changes(name, first - clock.MINUTES_PER_DAY, last + clock.MINUTES_PER_DAY):
        before, after = clock.local(minute - 1, name), clock.local(minute, name)
        edges.append((before.replace(tzinfo=None) + timedelta(minutes=1), before, after))
    for onset, before, after in edges:
        rule = TimezoneDaylight() if after.dst() else TimezoneStandard()
        rule.add("dtstart", onset)
        rule.add("tzoffsetfrom", before.utcoffset())
        rule.add("tzoffsetto", after.utcoffset())
        rule.add("tzname", after.tzname())
        zone.add_component(rule)
    return zone


def _changes(name: str, first: int, last: int) -> Iterator[int]:
    """The minutes in [first, last) at which the zone's offset changes."""

    def offset(minute: int) -> timedelta | None:
        return clock.local(minute, name).utcoffset()

    for start in range(first, last, clock.MINUTES_PER_DAY):
        low, high = start, min(start + clock.MINUTES_PER_DAY, last)
        if offset(low) == offset(high):
            continue
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if offset(middle) == offset(low) else (low, middle)
        yield high
