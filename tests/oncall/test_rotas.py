"""Who is on duty: by example where clocks change, and against a plain reading of the rules everywhere else."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kakeibo.clock import minute_of, moment_of
from kakeibo.duties import Duty, Handover, Hours, Layer, Rota, Step
from kakeibo.model import Revocation
from kakeibo.oncall.rotas import Change, Roster, Shift, reached, rosters
from kakeibo.oncall.turns import Calendars, Span, Turns

PEOPLE = ("a", "b", "c")
WORK = Hours(frozenset(range(5)), 9 * 60, 18 * 60)
ZONES = ["UTC", "Asia/Tokyo", "America/New_York", "Europe/Berlin", "Australia/Lord_Howe", "Pacific/Apia"]


def layer(handover: Handover, zone: str = "America/New_York", start: date = date(2026, 1, 5), *hours: Hours) -> Layer:
    return Layer(PEOPLE, start, handover, zone, hours)


def utc(text: str) -> int:
    return minute_of(datetime.fromisoformat(text).replace(tzinfo=UTC))


def handovers(of: Layer, start: str, end: str) -> list[str]:
    shifts = Roster(Rota("t", "r", (of,))).shifts(utc(start), utc(end))
    return [f"{moment_of(shift.start):%m-%dT%H:%M} {shift.person}" for shift in shifts[1:]]


def test_a_handover_keeps_its_local_time_through_both_changes() -> None:
    weekly = layer(Handover(7 * 24, 10 * 60, 0))
    assert handovers(weekly, "2026-03-03", "2026-03-17") == ["03-09T14:00 a", "03-16T14:00 b"]  # from March 8 on EDT
    assert handovers(weekly, "2026-10-27", "2026-11-10") == ["11-02T15:00 b", "11-09T15:00 c"]  # from November 1 on EST


def test_a_local_time_that_does_not_exist_is_that_of_the_clock_before() -> None:
    daily = layer(Handover(24, 150))  # 02:30
    assert handovers(daily, "2026-03-07T12:00", "2026-03-09T12:00") == ["03-08T07:30 c", "03-09T06:30 a"]


def test_a_local_time_that_comes_twice_is_the_first() -> None:
    daily = layer(Handover(24, 90))  # 01:30
    assert handovers(daily, "2026-10-31T12:00", "2026-11-02T12:00") == ["11-01T05:30 a", "11-02T06:30 b"]


def test_the_hour_that_does_not_exist_is_nobodys_turn() -> None:
    hourly = layer(Handover(1, 30))
    assert handovers(hourly, "2026-03-08T06:00", "2026-03-08T09:00") == [
        "03-08T06:30 b",
        "03-08T07:30 a",  # 02:30, which would be c's, and 03:30 are the same moment
        "03-08T08:30 b",
    ]


def test_a_leap_day_is_a_day() -> None:
    daily = layer(Handover(24, 0), "UTC", date(2028, 2, 28))
    assert handovers(daily, "2028-02-28", "2028-03-02") == ["02-29T00:00 b", "03-01T00:00 c"]


def test_nobody_before_the_first_handover_from_the_start_on() -> None:
    weekly = Turns(layer(Handover(7 * 24, 600, 2), "UTC", date(2026, 1, 5)))  # Wednesday is the 7th
    assert weekly.on_duty(utc("2026-01-07T09:59")) is None
    assert weekly.on_duty(utc("2026-01-07T10:00")) == "a"


def test_core_hours_by_one_layer_the_rest_by_another() -> None:
    core = Layer(("core",), date(2026, 1, 1), Handover(24), "Asia/Tokyo", (WORK,), except_ical=Path("holidays.ics"))
    rest = Layer(("rest",), date(2026, 1, 1), Handover(24), "Asia/Tokyo")
    holiday = Span(utc("2026-11-02T15:00"), utc("2026-11-03T15:00"))  # November 3 in Tokyo
    roster = Roster(Rota("t", "r", (core, rest)), {Path("holidays.ics"): (holiday,)})
    shifts = roster.shifts(utc("2026-10-30T00:00"), utc("2026-11-04T00:30"))
    assert [(f"{moment_of(s.start):%m-%dT%H:%M}", s.person) for s in shifts] == [
        ("10-30T00:00", "core"),
        ("10-30T09:00", "rest"),  # Friday 18:00
        ("11-02T00:00", "core"),
        ("11-02T09:00", "rest"),  # and all through the holiday
        ("11-04T00:00", "core"),
    ]


def test_hours_past_midnight_belong_to_the_day_they_begin_on() -> None:
    night = Layer(("n",), date(2026, 1, 1), Handover(24), "UTC", (Hours(frozenset({4}), 22 * 60, 30 * 60),))
    roster = Roster(Rota("t", "r", (night,)))
    [_, shift, _] = roster.shifts(utc("2026-11-20T00:00"), utc("2026-11-22T00:00"))
    assert (shift.start, shift.end, shift.person) == (utc("2026-11-20T22:00"), utc("2026-11-21T06:00"), "n")


def test_overrides_and_swaps_the_later_entered_above_and_the_revoked_not_at_all() -> None:
    rota = Rota("t", "r", (layer(Handover(24), "UTC", date(2026, 1, 1)),))
    start, end = utc("2026-01-01"), utc("2026-01-04")

    def change(number: int, **values: object) -> Change:
        known = {"kind": "swap", "rota": "t/r", "person": "a", "other": "b", "start": start, "end": end, "author": "x",
                 "reason": "y", "entered": 0, "id": number}  # fmt: skip
        return Change(**(known | values))  # type: ignore[arg-type]

    swap = change(1)
    override = change(2, kind="override", person="c", other="", end=start + 60)
    gone = change(3, kind="override", person="a", other="", revoked=Revocation("x", "y", 0))
    elsewhere = change(4, kind="override", rota="t/other", person="a", other="")
    found = Roster(rota, {}, (swap, override, gone, elsewhere)).shifts(start, end)
    assert found == [
        Shift(start, start + 60, "c", 2),
        Shift(start + 60, start + 1440, "b", 1),
        Shift(start + 1440, start + 2880, "a", 1),
        Shift(start + 2880, end, "c"),
    ]


def test_now_and_next_and_a_shift_without_an_end() -> None:
    weekly = Roster(Rota("t", "r", (layer(Handover(8 * 7 * 24, 600, 0), "UTC"),)))
    now, after = weekly.now_and_next(utc("2026-01-06"))
    assert (now.person, now.end, after and after.person) == ("a", utc("2026-03-02T10:00"), "b")
    alone = Roster(Rota("t", "r", (Layer(("a",), date(2026, 1, 1), Handover(24), "UTC"),)))
    assert alone.now_and_next(utc("2026-01-06"))[1] is None


def test_whom_a_step_reaches() -> None:
    one = Rota("t", "one", (layer(Handover(24), "UTC"),))
    duties = {"t": Duty("t", "UTC", {"one": one}, (Step(("one",)),)), "u": Duty("u", "UTC", {}, ())}
    known = rosters(duties.values(), {}, ())
    minute = utc("2026-01-05T12:00")
    assert reached(duties, "t", ["one", "z", "one"], known, minute) == ("a", "z")
    assert reached(duties, "u", ["t/one", "t"], known, minute) == ("a", "b", "c")
    assert reached(duties, "t", ["one"], known, utc("2026-01-01")) == ()


@st.composite
def layers(draw: st.DrawFn) -> Layer:
    weekly = draw(st.booleans())
    length = draw(st.integers(1, 3)) * 168 if weekly else draw(st.sampled_from([1, 5, 12, 24, 72]))
    handover = Handover(length, draw(st.integers(0, 1439)), draw(st.integers(0, 6)) if weekly else None)
    hours = [
        Hours(frozenset(draw(st.sets(st.integers(0, 6), min_size=1))), start, start + draw(st.integers(1, 1440)))
        for start in draw(st.lists(st.integers(0, 1439), max_size=2))
    ]
    start = date(2026, 1, 1) + timedelta(days=draw(st.integers(0, 300)))
    return Layer(PEOPLE, start, handover, draw(st.sampled_from(ZONES)), tuple(hours))


def instant(day: date, minute: int, zone: str) -> datetime:
    naive = datetime(day.year, day.month, day.day) + timedelta(minutes=minute)
    return naive.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


def plainly(of: Layer, minute: int) -> str | None:
    """Count the handovers from the beginning, one after the other."""
    moment = moment_of(minute)
    opened = [
        instant(day, hours.start, of.timezone) <= moment < instant(day, hours.end, of.timezone)
        for day in (moment.date() + timedelta(days=n) for n in range(-4, 3))
        for hours in of.hours
        if day.weekday() in hours.days
    ]
    if of.hours and not any(opened):
        return None
    day = of.start
    while of.handover.weekday not in (None, day.weekday()):
        day += timedelta(days=1)
    turns = 0
    while instant(day, of.handover.minute + turns * of.handover.hours * 60, of.timezone) <= moment:
        turns += 1
    return of.participants[(turns - 1) % len(PEOPLE)] if turns else None


@given(st.lists(layers(), min_size=1, max_size=2), st.integers(0, 340 * 1440), st.integers(1, 6 * 1440), st.data())
def test_shifts_are_what_a_plain_reading_says(of: list[Layer], since: int, length: int, data: st.DataObject) -> None:
    start = utc("2026-01-01") + since
    roster = Roster(Rota("t", "r", tuple(of)))
    shifts = roster.shifts(start, start + length)
    assert [shifts[0].start, *(s.end for s in shifts)] == [*(s.start for s in shifts), start + length]
    assert all(one.person != other.person for one, other in pairwise(shifts))
    shift = data.draw(st.sampled_from(shifts))
    for minute in (shift.start, shift.end - 1, data.draw(st.integers(shift.start, shift.end - 1))):
        expected = next((who for one in of if (who := plainly(one, minute))), None)
        assert (shift.person, roster.on_duty(minute)) == (expected, expected)


@pytest.mark.parametrize("calendars", [{}, {Path("x.ics"): ()}, {Path("x.ics"): (Span(0, 10),)}])
def test_a_calendar_that_says_nobody_leaves_it_to_the_next_layer(calendars: Calendars) -> None:
    made = Layer((), date(1970, 1, 1), Handover(24), "UTC", from_ical=Path("x.ics"))
    rest = Layer(("rest",), date(1970, 1, 1), Handover(24), "UTC")
    assert Roster(Rota("t", "r", (made, rest)), calendars).on_duty(5) == "rest"
