"""Numbers and times as people read them. The only place where an exact number is rounded, and never into a lie:

a rounded number keeps its order against every number it stands beside. 99.996 % beside a target of 99.99 % is not
shown as 99.99 %, a budget of which 0.04 % is left is not "0%", and 99.9996 % is not "100%": digits are added until the
order shows.
"""

from __future__ import annotations

from datetime import datetime
from fractions import Fraction
from typing import Literal

from babel.dates import format_skeleton, format_time

from kakeibo.clock import MINUTES_PER_DAY, MINUTES_PER_HOUR, local
from kakeibo.i18n import language, t
from kakeibo.model import Window
from kakeibo.windows import Period

Rounding = Literal["nearest", "down"]


def whole(number: int) -> str:
    """A count: 1,234,567."""
    return f"{number:,}"


def decimal(value: Fraction | int, *against: Fraction | int, digits: int = 0, rounding: Rounding = "nearest") -> str:
    """`value` with at least `digits` decimals, and as many more as its order against each of `against` needs to show.

    An exact number loses its trailing zeros: 5,000 rather than 5,000.0.
    """
    value = Fraction(value)
    while True:
        shown = _rounded(value, digits, rounding)
        if all(_order(shown, other) == _order(value, other) for other in against):
            break
        digits += 1
    text = _written(shown, digits)
    return text.rstrip("0").rstrip(".") if shown == value and "." in text else text


def percent(ratio: Fraction, *against: Fraction | int, digits: int = 0) -> str:
    """A share: Fraction(1, 8) is 12.5% with one digit. Never 0% or 100% unless it is exactly that."""
    return decimal(ratio * 100, 0, 100, *(Fraction(other) * 100 for other in against), digits=digits) + "%"


def exact_percent(ratio: Fraction) -> str:
    """A target or limit as somebody wrote it: every digit. A share without end (1/3) is cut after four."""
    digits = next((digits for digits in range(40) if (ratio * 100 * 10**digits).denominator == 1), 4)
    return percent(ratio, digits=digits)


def amount(number: Fraction | int, *against: Fraction | int) -> str:
    """What was spent: a whole number, or with decimals where slices are spent in parts."""
    return decimal(number, 0, *against, digits=0 if isinstance(number, int) else 1)


def allowance(allowed: Fraction, spent: Fraction | int) -> str:
    """How many failures are allowed, rounded down (nobody can fail by halves), yet in order against what is spent."""
    return decimal(allowed, 0, spent, digits=0 if allowed >= 100 else 1, rounding="down")


def times(ratio: Fraction) -> str:
    """How many times as fast as allowed: 14.4x."""
    return t("{n}x", n=decimal(ratio, 0, 1, digits=1))


def span(minutes: int) -> str:
    """A length of time, exact to the minute: "3 days 4 hours"."""
    days, rest = divmod(minutes, MINUTES_PER_DAY)
    hours, rest = divmod(rest, MINUTES_PER_HOUR)
    parts = [
        t("1 day") if days == 1 else t("{n} days", n=whole(days)) if days else "",
        t("1 hour") if hours == 1 else t("{n} hours", n=hours) if hours else "",
        t("1 minute") if rest == 1 else t("{n} minutes", n=rest) if rest else "",
    ]
    return (" " if language() == "en" else "").join(part for part in parts if part) or t("{n} minutes", n=0)


def window(window: Window) -> str:
    """The window of a promise in words: "28 days", "a calendar month"."""
    periods: dict[Period, str] = {
        "day": t("a calendar day"),
        "week": t("a calendar week"),
        "month": t("a calendar month"),
        "quarter": t("a calendar quarter"),
        "year": t("a calendar year"),
    }
    if window.calendar:
        return periods[window.calendar]
    return _length(window)


def within(window: Window, at: int) -> str:
    """When it happened, for the middle of a sentence: "in 28 days", "so far this month"."""
    if window.calendar is None:
        return t("in {window}", window=_length(window))
    so_far: dict[Period, str] = {
        "day": t("so far today"),
        "week": t("so far this week"),
        "month": t("so far this month"),
        "quarter": t("so far this quarter"),
        "year": t("so far this year"),
    }
    whole_of: dict[Period, str] = {
        "day": t("over the whole day"),
        "week": t("over the whole week"),
        "month": t("over the whole month"),
        "quarter": t("over the whole quarter"),
        "year": t("over the whole year"),
    }
    return (whole_of if window.period_end(at) == at else so_far)[window.calendar]


def _length(window: Window) -> str:
    if window.minutes:
        return span(window.minutes)
    if window.months == 12:
        return t("1 year")
    return t("1 month") if window.months == 1 else t("{n} months", n=window.months)


def moment(minute: int, zone: str) -> str:
    """A minute in the organisation's zone, with the zone: "Nov 21, 2026, 17:23 JST"."""
    separator = ", " if language() == "en" else " "
    return f"{day(minute, zone)}{separator}{_clock(minute, zone)}"


def moment_near(minute: int, now: int, zone: str) -> str:
    """The same in short where it is heard or read `now`: without the date on the same day, "17:23 JST"."""
    same_day = local(minute, zone).date() == local(now, zone).date()
    return _clock(minute, zone) if same_day else moment(minute, zone)


def _clock(minute: int, zone: str) -> str:
    time = local(minute, zone)
    return f"{format_time(time, 'HH:mm', locale=language())} {_zone_name(time)}"


def day(minute: int, zone: str) -> str:
    """The local date of a minute: "Nov 21, 2026"."""
    return format_skeleton("yMMMd", local(minute, zone), locale=language())


def short_day(minute: int, zone: str) -> str:
    """The local date without the year: "Nov 21"."""
    return format_skeleton("MMMd", local(minute, zone), locale=language())


def month(minute: int, zone: str) -> str:
    """The local month of a minute: "October 2026"."""
    return format_skeleton("yMMMM", local(minute, zone), locale=language())


def short_month(minute: int, zone: str) -> str:
    """The same in few letters: "Oct 2026"."""
    return format_skeleton("yMMM", local(minute, zone), locale=language())


def _zone_name(time: datetime) -> str:
    name = time.tzname() or "UTC"
    return f"UTC{name}" if name[0] in "+-" else name


def _rounded(value: Fraction, digits: int, rounding: Rounding) -> Fraction:
    scaled = value * 10**digits
    return Fraction(round(scaled) if rounding == "nearest" else scaled.__floor__(), 10**digits)


def _order(one: Fraction, other: Fraction | int) -> int:
    return (one > other) - (one < other)


def _written(value: Fraction, digits: int) -> str:
    units = abs(int(value * 10**digits))
    text = f"{units // 10**digits:,}" + (f".{units % 10**digits:0{digits}}" if digits else "")
    return f"-{text}" if value < 0 else text
