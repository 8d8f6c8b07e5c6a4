"""Calendars of other programs, and our own read back."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from icalendar import Calendar

from kakeibo.clock import local, minute_of
from kakeibo.errors import UsageError
from kakeibo.oncall.calendars import Entry, spans, written
from kakeibo.oncall.rotas import Shift

YEAR = minute_of(datetime(2026, 1, 1, tzinfo=UTC)), minute_of(datetime(2027, 1, 1, tzinfo=UTC))


def read(*lines: str, zone: str = "Asia/Tokyo") -> list[tuple[str, str, str]]:
    """Events as (beginning, end, title), in local time."""
    text = "\r\n".join(["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//test//EN", *lines, "END:VCALENDAR", ""])
    found = spans(text.encode(), zone, *YEAR, person=lambda entry: entry.title)
    return [(shown(span.start, zone), shown(span.end, zone), span.person) for span in found]


def shown(minute: int, zone: str) -> str:
    return f"{local(minute, zone):%m-%d %H:%M}"


def event(*lines: str, title: str = "sre-1") -> list[str]:
    return ["BEGIN:VEVENT", "UID:one", *lines, f"SUMMARY:{title}", "END:VEVENT"]


def test_times_with_a_zone_without_one_and_whole_days() -> None:
    assert read(*event("DTSTART:20261005T010000Z", "DTEND:20261005T020000Z")) == [
        ("10-05 10:00", "10-05 11:00", "sre-1")
    ]
    assert read(*event("DTSTART:20261005T100000", "DURATION:PT2H")) == [("10-05 10:00", "10-05 12:00", "sre-1")]
    assert read(*event("DTSTART;VALUE=DATE:20261103")) == [("11-03 00:00", "11-04 00:00", "sre-1")]
    paris = event("DTSTART;TZID=Europe/Paris:20261005T100000", "DTEND;TZID=Europe/Paris:20261005T110000")
    assert read(*paris) == [("10-05 17:00", "10-05 18:00", "sre-1")]


def test_repeats_follow_the_clock_on_the_wall_through_daylight_saving() -> None:
    weekly = event(
        *("DTSTART;TZID=America/New_York:20261028T100000", "DTEND;TZID=America/New_York:20261028T110000"),
        "RRULE:FREQ=WEEKLY;COUNT=2",
    )
    assert [start for start, *_ in read(*weekly, zone="America/New_York")] == ["10-28 10:00", "11-04 10:00"]
    assert [start for start, *_ in read(*weekly, zone="UTC")] == ["10-28 14:00", "11-04 15:00"]


def test_a_repeat_ends_has_exceptions_and_moved_and_cancelled_occurrences() -> None:
    lines = event(
        *("DTSTART;TZID=Asia/Tokyo:20261005T100000", "DTEND;TZID=Asia/Tokyo:20261005T110000"),
        "RRULE:FREQ=WEEKLY;UNTIL=20261102T010000Z",
        "EXDATE;TZID=Asia/Tokyo:20261012T100000",
        "RDATE;TZID=Asia/Tokyo:20261013T100000",
    )
    moved = event(
        "RECURRENCE-ID;TZID=Asia/Tokyo:20261019T100000",
        "DTSTART:20261020T000000Z",
        "DTEND:20261020T010000Z",
        title="sre-2",
    )
    gone = event("DTSTART;VALUE=DATE:20261201", "STATUS:CANCELLED")
    assert read(*lines, *moved, *gone) == [
        ("10-05 10:00", "10-05 11:00", "sre-1"),
        ("10-13 10:00", "10-13 11:00", "sre-1"),
        ("10-20 09:00", "10-20 10:00", "sre-2"),
        ("10-26 10:00", "10-26 11:00", "sre-1"),
        ("11-02 10:00", "11-02 11:00", "sre-1"),
    ]


def test_a_repeat_that_began_long_ago_and_never_ends() -> None:
    found = read(*event("DTSTART;VALUE=DATE:19800229", "RRULE:FREQ=MONTHLY;BYMONTHDAY=29"))
    assert len(found) == 11  # 2026 has no 29th of February
    assert found[0][:2] == ("01-29 00:00", "01-30 00:00")


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"garbage",
        b"\xff\xfe",
        b"BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:tomorrow\nEND:VEVENT\nEND:VCALENDAR",
        b"BEGIN:VCALENDAR\nBEGIN:VEVENT\nSUMMARY:no time\nEND:VEVENT\nEND:VCALENDAR",
        b"BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:20261005T100000\nRRULE:FREQ=SECONDLY\nEND:VEVENT\nEND:VCALENDAR",
    ],
)
def test_what_is_no_calendar_is_said(text: bytes) -> None:
    with pytest.raises(UsageError, match="not readable as a calendar"):
        spans(text, "UTC", *YEAR, person=lambda entry: entry.title)


def test_who_is_invited_is_told() -> None:
    seen: list[Entry] = []

    def person(entry: Entry) -> str:
        seen.append(entry)
        return ""

    lines = event("DTSTART:20261005T010000Z", "DTEND:20261005T020000Z", "ATTENDEE;CN=X:mailto:SRE-1@example.org")
    spans("\r\n".join(["BEGIN:VCALENDAR", *lines, "END:VCALENDAR"]).encode(), "UTC", *YEAR, person)
    assert seen == [Entry("sre-1", ("sre-1@example.org",))]


@pytest.mark.parametrize("zone", ["UTC", "Asia/Tokyo", "America/New_York"])
def test_what_we_write_we_read_back_and_it_has_its_zone(zone: str) -> None:
    start = minute_of(datetime(2026, 10, 30, 14, tzinfo=UTC))
    shifts = [("sre-1", "player-primary", Shift(start, start + 4320, "sre-1")),
              ("sre-2", "player-primary", Shift(start + 4320, start + 8640, "sre-2"))]  # fmt: skip
    text = written("On call, player", shifts, zone, datetime(2026, 10, 1, tzinfo=UTC))
    found = spans(text, "Asia/Kolkata", *YEAR, person=lambda entry: entry.title)
    assert [(span.start, span.end, span.person) for span in found] == [(s.start, s.end, s.person) for *_, s in shifts]
    zones = Calendar.from_ical(text).walk("VTIMEZONE")
    assert [str(one["TZID"]) for one in zones] == ([] if zone == "UTC" else [zone])
    if zone == "America/New_York":  # 02:00 EDT of November 1 is 01:00 EST: said as the clock that ends shows it
        assert b"BEGIN:STANDARD\r\nDTSTART:20261101T020000\r\n" in text
        assert b"TZOFFSETFROM:-0400\r\nTZOFFSETTO:-0500" in text
