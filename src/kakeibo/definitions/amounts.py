"""Texts that stand for a value: shares, windows, names. Exact: the text itself becomes a fraction, never a float."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Any, Final, get_args

from kakeibo import clock
from kakeibo.errors import KakeiboError
from kakeibo.i18n import LANGUAGES, t
from kakeibo.model import OTHER, PROBES, USERS, Opens, Stage, Window
from kakeibo.windows import Period

MAX_WINDOW_DAYS: Final = 400
MAX_WINDOW_MONTHS: Final = 13
PERIODS: Final[tuple[Period, ...]] = get_args(Period)
MAX_NAME: Final = 64
MAX_WHOLE: Final = 999_999_999

STAGES: Final[tuple[Stage, ...]] = get_args(Stage)
OPENS: Final[tuple[Opens, ...]] = get_args(Opens)

_NUMBER: Final = re.compile(r"(-?[0-9]{1,15}(?:\.[0-9]{1,15})?)\s*(%?)", re.ASCII)
_WINDOW: Final = re.compile(r"([0-9]{1,9})\s*([mhdwMQY])", re.ASCII)
_LENGTH: Final = re.compile(r"([0-9]{1,5})\s*([mhd])", re.ASCII)
_SECONDS: Final = re.compile(r"([0-9]{1,9})\s*(ms|s|m)", re.ASCII)
_SECONDS_OF: Final = {"ms": Fraction(1, 1000), "s": Fraction(1), "m": Fraction(60)}
_RATE: Final = re.compile(r"([1-9][0-9]{0,8})\s*/\s*(min|h|d|[1-9][0-9]{0,4}\s*[mhd])", re.ASCII)
PER_SECOND: Final = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}
_NAME: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}", re.ASCII)
_SLO_NAME: Final = re.compile(rf"{_NAME.pattern}(/{_NAME.pattern}){{1,2}}", re.ASCII)
_LIST_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}", re.ASCII)
_MINUTES: Final = {
    "m": 1,
    "h": clock.MINUTES_PER_HOUR,
    "d": clock.MINUTES_PER_DAY,
    "w": 7 * clock.MINUTES_PER_DAY,
}
_MONTHS: Final = {"M": 1, "Q": 3, "Y": 12}

SHARE_SCHEMA: Final[dict[str, Any]] = {
    "anyOf": [
        {"type": "string", "pattern": r"^([0-9]{1,2}(\.[0-9]+)?|100(\.0+)?)\s*%$"},
        {"type": "number", "minimum": 0, "maximum": 1},
    ]
}
TARGET_SCHEMA: Final[dict[str, Any]] = {
    "anyOf": [
        {"type": "string", "pattern": r"^(?!0+(\.0+)?\s*%)[0-9]{1,2}(\.[0-9]+)?\s*%$"},
        {"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1},
    ]
}
WINDOW_SCHEMA: Final[dict[str, Any]] = {
    "anyOf": [{"type": "string", "pattern": "^[1-9][0-9]*\\s*[mhdwMQY]$"}, {"enum": list(PERIODS)}]
}
LENGTH_SCHEMA: Final[dict[str, Any]] = {"type": "string", "pattern": "^[1-9][0-9]*\\s*[mhd]$"}
NAME_SCHEMA: Final[dict[str, Any]] = {"pattern": f"^{_NAME.pattern}$"}
SLO_NAME_SCHEMA: Final[dict[str, Any]] = {"pattern": f"^{_SLO_NAME.pattern}$"}
ADDRESS_SCHEMA: Final[dict[str, Any]] = {"type": "string", "pattern": r"^https?://[^\s/]+\S*$"}
WEIGHT_SCHEMA: Final[dict[str, Any]] = {"type": "number", "exclusiveMinimum": 0}
LIST_NAME_SCHEMA: Final[dict[str, Any]] = {"pattern": f"^{_LIST_NAME.pattern}$"}


class AmountError(KakeiboError):
    """A text that does not stand for the value it should. The reader adds where it is written."""


def share(text: str) -> Fraction:
    """A share such as 1% or 0.01, from 0 to 1."""
    number, unit = _number(text, _like("1%"))
    if not unit and number >= 1:
        raise AmountError(t("{text} without a unit is ambiguous", text=text), t("write {text}%", text=text))
    ratio = number / 100 if unit else number
    if not 0 <= ratio <= 1:
        raise AmountError(t("{text} is no share: it must lie between 0% and 100%", text=text), _like("1%"))
    return ratio


def target(text: str) -> Fraction:
    """A target such as 99.9% or 0.999, above 0 and below 1."""
    number, unit = _number(text, _like("99.9%"))
    if number == 0:
        raise AmountError(
            t("a target of 0% is met whatever happens"), t("write the share of good events you aim for: 99.9%")
        )
    if number == (100 if unit else 1) or number == 100:
        message = t("a target of 100% leaves no budget: one bad event and it is missed for good")
        raise AmountError(message, t("write a target below 100%, such as 99.9%"))
    if number < 0 or number > 100:
        raise AmountError(t("a target lies between 0% and 100%, not {text}", text=text), _like("99.9%"))
    if not unit and number > 1:
        raise AmountError(t("{text} without a unit is ambiguous", text=text), t("write {text}%", text=text))
    return number / 100 if unit else number


def window(text: str) -> Window:
    """A window: rolling such as 28d or 1M, or the calendar's day, week, month, quarter or year (in UTC so far)."""
    if text.strip() in PERIODS:
        return calendar(text.strip())
    found = _WINDOW.fullmatch(text.strip())
    if not found:
        message = t("'{text}' is not a window", text=_shortened(text))
        mend = t("write a number and m, h, d, w, M, Q or Y, such as 28d or 1M; or one of: {periods}",
                 periods=", ".join(PERIODS))  # fmt: skip
        raise AmountError(message, mend)
    number, unit = int(found[1]), found[2]
    if number == 0:
        raise AmountError(t("a window of {text} is empty", text=text), t("write at least 1m"))
    minutes, months = number * _MINUTES.get(unit, 0), number * _MONTHS.get(unit, 0)
    if minutes > MAX_WINDOW_DAYS * clock.MINUTES_PER_DAY or months > MAX_WINDOW_MONTHS:
        message = t("a window of {text} is too long", text=text)
        mend = t("write at most {days}d or {months}M", days=MAX_WINDOW_DAYS, months=MAX_WINDOW_MONTHS)
        raise AmountError(message, mend)
    return Window(f"{number}{unit}", minutes, months)


def calendar(text: str) -> Window:
    """The calendar period so far, in UTC unless somebody says otherwise."""
    one_of(text, PERIODS)
    period = next(period for period in PERIODS if period == text)
    return Window(text, calendar=period)


def slice_length(text: str) -> int:
    """Minutes of a slice: they divide the hour, or are whole hours that divide the day."""
    minutes = length(text)
    whole_hours = minutes % clock.MINUTES_PER_HOUR == 0 and clock.MINUTES_PER_DAY % minutes == 0
    if clock.MINUTES_PER_HOUR % minutes and not whole_hours:
        message = t("slices of {text} do not fill the hours of a day evenly", text=text)
        raise AmountError(message, t("write 1, 2, 3, 4, 5, 6, 10, 12, 15, 20 or 30m, or 1, 2, 3, 4, 6, 8, 12 or 24h"))
    return minutes


def alert_window(text: str) -> int:
    """Minutes of an alert's long window: a multiple of 12, so that the short one is a twelfth to the minute."""
    minutes = length(text)
    if minutes % 12 or minutes > 30 * clock.MINUTES_PER_DAY:
        message = t("{text} cannot be the long window of an alert: the short one is a twelfth of it", text=text)
        raise AmountError(message, t("write a multiple of 12 minutes, at most 30d: 1h, 6h, 24h, 3d"))
    return minutes


def burn_share(text: str) -> Fraction:
    """The share of a budget whose loss is worth an alert: above 0%."""
    ratio = share(text)
    if not ratio:
        raise AmountError(t("an alert on {text} of the budget fires always", text=text), _like("burn: 2%"))
    return ratio


def at_least_one(text: str) -> int:
    """A whole number from 1 to MAX_WHOLE."""
    if not re.fullmatch(r"[1-9][0-9]{0,8}", text, re.ASCII):
        message = t("'{text}' is not a whole number from 1 to {most}", text=_shortened(text), most=MAX_WHOLE)
        raise AmountError(message, _like("3"))
    return int(text)


def length(text: str) -> int:
    """Minutes of a length of time such as 5m, 6h or 3d."""
    found = _LENGTH.fullmatch(text.strip())
    if not found or not int(found[1]):
        message = t("'{text}' is not a length of time", text=_shortened(text))
        raise AmountError(message, t("write a number and m, h or d (minutes, hours, days): 5m"))
    return int(found[1]) * _MINUTES[found[2]]


def seconds(text: str) -> Fraction:
    """Seconds of a short time such as 300ms, 2s or 5m."""
    found = _SECONDS.fullmatch(text.strip())
    if found and int(found[1]):
        return int(found[1]) * _SECONDS_OF[found[2]]
    if re.fullmatch(r"[0-9]{1,9}", text.strip()):
        raise AmountError(t("{text} without a unit is ambiguous", text=text), t("write {text}ms", text=text.strip()))
    message = t("'{text}' is not a length of time", text=_shortened(text))
    raise AmountError(message, t("write a whole number and ms, s or m: 300ms"))


def age(text: str) -> int:
    """Minutes that data may be old, at most 30 days."""
    if re.fullmatch(r"[0-9]{1,9}", text.strip()):
        raise AmountError(t("{text} without a unit is ambiguous", text=text), t("write {text}m", text=text.strip()))
    minutes = length(text)
    if minutes > 30 * clock.MINUTES_PER_DAY:
        raise AmountError(t("an age of {text} is too long", text=text), t("write at most 30d"))
    return minutes


def rate(text: str) -> tuple[int, int]:
    """So many events in so many minutes: 100/min, 6000/h, 20/5m."""
    found = _RATE.fullmatch(text.strip())
    if not found:
        message = t("'{text}' is not a number of events in a time", text=_shortened(text))
        raise AmountError(message, t("write a whole number and the time: 100/min, 6000/h, 20/5m"))
    return int(found[1]), slice_length({"min": "1m", "h": "1h", "d": "24h"}.get(found[2], found[2]))


def unit(text: str) -> int:
    """How many of a unit of time are in a second."""
    return PER_SECOND[one_of(text, tuple(PER_SECOND))]


def weight(text: str) -> Fraction:
    """How much a part counts beside the others: a number above 0."""
    if not re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,9})?", text, re.ASCII) or not Fraction(text):
        raise AmountError(t("'{text}' is not a weight: a number above 0", text=_shortened(text)), _like("3"))
    return Fraction(text)


def interval(text: str) -> int:
    """Minutes between two things that come regularly: 5m, 1h."""
    return length(text)


def stage(text: str) -> str:
    """How much alerts may disturb."""
    return one_of(text, STAGES)


def opens(text: str) -> str:
    """Which alerts open an incident."""
    return one_of(text, OPENS)


def address(text: str) -> str:
    """An address of the web."""
    if not re.fullmatch(r"https?://[^\s/]+\S*", text.strip()):
        raise AmountError(
            t("'{text}' is not an address", text=_shortened(text)), _like("https://watch.example/kakeibo")
        )
    return text.strip()


def base_address(text: str) -> str:
    """An address that others go below, without a slash at the end."""
    return address(text).rstrip("/")


def column(text: str) -> str:
    """The name of a column, as conditions write it."""
    if not re.fullmatch(r'[^\W\d]\w*|"[^"\n]+"', text):
        message = t("'{text}' cannot name a column", text=_shortened(text))
        raise AmountError(message, t("write the name of one column of the source, such as region"))
    return text


def slo_name(text: str) -> str:
    """The name of an SLO, "journey/sli", or of a part of one, "journey/sli/part"."""
    if not _SLO_NAME.fullmatch(text):
        message = t("'{text}' is not the name of an objective", text=_shortened(text))
        raise AmountError(message, t("write journey/sli, such as play-video/availability"))
    return text


def part_name(text: str) -> str:
    """The name of a part. `other` is always there: all that is in no other part."""
    if text in (OTHER, USERS, PROBES):
        message = t("a part cannot be called {name}: that is the name of an account of our own", name=text)
        raise AmountError(message, t("leave it out, or choose another name and write its values:"))
    return name(text)


def nothing(text: str) -> None:
    """The word none."""
    one_of(text, ("none",))


def timezone(text: str) -> str:
    """The name of an IANA time zone."""
    try:
        clock.zone(text)
    except (ValueError, KeyError, OSError):
        message = t("'{text}' is not a time zone", text=_shortened(text))
        raise AmountError(message, t("write a name such as Asia/Tokyo, Europe/Berlin or UTC")) from None
    return text


def name(text: str) -> str:
    """The name of a journey, SLI, source, team or service; journeys and SLIs become `journey/sli`."""
    if _NAME.fullmatch(text):
        return text
    simple = re.sub(r"[^a-z0-9_-]+", "-", text.lower()).strip("-_")[:MAX_NAME]
    if len(text) > MAX_NAME:
        message = t("the name '{text}' is longer than {n} characters", text=_shortened(text), n=MAX_NAME)
    else:
        message = t("'{text}' cannot be a name", text=text)
    if _NAME.fullmatch(simple) and simple != text[:MAX_NAME]:
        raise AmountError(message, t("write '{simple}': names are made of a-z, 0-9, - and _", simple=simple))
    raise AmountError(message, t("names are made of a-z, 0-9, - and _; put words for people into title or name"))


def list_name(text: str) -> str:
    """The name of a list of codes, as predicates write it: `error in system_codes`."""
    if not _LIST_NAME.fullmatch(text):
        message = t("'{text}' cannot name a list", text=_shortened(text))
        raise AmountError(message, t("predicates use the name: letters, digits and _ only, such as system_codes"))
    return text


def language(text: str) -> str:
    return one_of(text, LANGUAGES)


def severity(text: str) -> str:
    """page: wake somebody up; ticket: it can wait for working hours."""
    return one_of(text, ("page", "ticket"))


def method(text: str) -> str:
    """The one method that needs no numbers."""
    return one_of(text, ("occurrences",))


def journey_kind(text: str) -> str:
    """cuj: a critical user journey; cmc: critical machine communication."""
    return one_of(text, ("cuj", "cmc"))


def one_of(text: str, choices: tuple[str, ...]) -> str:
    if text not in choices:
        message = t("'{text}' is not one of the choices", text=_shortened(text))
        raise AmountError(message, t("write one of: {choices}", choices=", ".join(choices)))
    return text


def _number(text: str, mend: str) -> tuple[Fraction, str]:
    """The number and its unit, "%" or nothing."""
    found = _NUMBER.fullmatch(text.strip())
    if not found:
        raise AmountError(t("'{text}' is not a share", text=_shortened(text)), mend)
    return Fraction(found[1]), found[2]


def _like(example: str) -> str:
    return t("write it like this: {example}", example=example)


def _shortened(text: str) -> str:
    """What a message can bear of a text."""
    line = " ".join(text.split())
    return line if len(line) <= 40 else f"{line[:40]}..."
