"""Texts that stand for a value: shares, windows, names. Exact: the text itself becomes a fraction, never a float."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Any, Final

from kakeibo import clock
from kakeibo.errors import KakeiboError
from kakeibo.i18n import LANGUAGES, t
from kakeibo.model import Window

MAX_WINDOW_DAYS: Final = 400
MAX_NAME: Final = 64

_NUMBER: Final = re.compile(r"(-?[0-9]{1,15}(?:\.[0-9]{1,15})?)\s*(%?)", re.ASCII)
_WINDOW: Final = re.compile(r"([0-9]{1,9})\s*([mhdw])", re.ASCII)
_NAME: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}", re.ASCII)
_LIST_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}", re.ASCII)
_MINUTES: Final = {
    "m": 1,
    "h": clock.MINUTES_PER_HOUR,
    "d": clock.MINUTES_PER_DAY,
    "w": 7 * clock.MINUTES_PER_DAY,
}

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
WINDOW_SCHEMA: Final[dict[str, Any]] = {"type": "string", "pattern": "^[1-9][0-9]*\\s*[mhdw]$"}
NAME_SCHEMA: Final[dict[str, Any]] = {"pattern": f"^{_NAME.pattern}$"}
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
    """A rolling window such as 28d: a whole number of minutes, hours, days or weeks."""
    found = _WINDOW.fullmatch(text.strip())
    if not found:
        message = t("'{text}' is not a window", text=_shortened(text))
        raise AmountError(message, t("write a whole number and m, h, d or w (minutes, hours, days, weeks): 28d"))
    minutes = int(found[1]) * _MINUTES[found[2]]
    if minutes == 0:
        raise AmountError(t("a window of {text} is empty", text=text), t("write at least 1m"))
    if minutes > MAX_WINDOW_DAYS * clock.MINUTES_PER_DAY:
        message = t("a window of {text} is too long", text=text)
        raise AmountError(message, t("write at most {days}d", days=MAX_WINDOW_DAYS))
    return Window(f"{int(found[1])}{found[2]}", minutes)


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
