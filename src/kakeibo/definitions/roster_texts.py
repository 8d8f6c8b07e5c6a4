"""Texts of the sections people and oncall that stand for a value: "phone after 5m", "weekly Mon 10:00"."""

from __future__ import annotations

import re
from datetime import date
from typing import Any, Final, get_args

from kakeibo.definitions.amounts import AmountError, interval
from kakeibo.duties import Channel, Contact, Handover, Hours
from kakeibo.i18n import t

CHANNELS: Final[tuple[Channel, ...]] = get_args(Channel)
DAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MAX_REPEATS: Final = 20
_USUAL_MINUTE: Final = 10 * 60
_HOURS_A: Final = {"h": 1, "d": 24, "w": 7 * 24}

_DAY: Final = f"(?:{'|'.join(DAYS)})"
_TIME: Final = r"(?:[01][0-9]|2[0-3]):[0-5][0-9]"
_CONTACT: Final = re.compile(rf"({'|'.join(CHANNELS)})(?: after ([0-9]{{1,5}}[mh]))?", re.ASCII)
_HANDOVER: Final = re.compile(
    rf"(daily|weekly|every ([1-9][0-9]{{0,2}})([hdw]))(?: ({_DAY}))?(?: ({_TIME}))?", re.ASCII
)
_HOURS: Final = re.compile(rf"(?:({_DAY}(?:[-,]{_DAY})*) )?({_TIME})-({_TIME}|24:00)", re.ASCII)
_VARIABLE: Final = re.compile(r"\$[A-Za-z_][A-Za-z0-9_]*", re.ASCII)
_PHONE: Final = re.compile(r"\+[0-9][0-9 ()-]{4,30}", re.ASCII)
_MAIL: Final = re.compile(r"[^@\s<>,;]+@[^@\s<>,;]+")

CONTACT_SCHEMA: Final[dict[str, Any]] = {"type": "string", "pattern": f"^{_CONTACT.pattern}$"}
HANDOVER_SCHEMA: Final[dict[str, Any]] = {"type": "string", "pattern": f"^{_HANDOVER.pattern}$"}
HOURS_SCHEMA: Final[dict[str, Any]] = {"type": "string", "pattern": f"^{_HOURS.pattern}$"}
DAY_SCHEMA: Final[dict[str, Any]] = {"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"}
PHONE_SCHEMA: Final[dict[str, Any]] = {"type": "string", "pattern": f"^({_VARIABLE.pattern}|{_PHONE.pattern})$"}
MAIL_SCHEMA: Final[dict[str, Any]] = {"type": "string", "pattern": f"^({_VARIABLE.pattern}|{_MAIL.pattern})$"}
REPEAT_SCHEMA: Final[dict[str, Any]] = {"type": "integer", "minimum": 0, "maximum": MAX_REPEATS}


def contact(text: str) -> Contact:
    """A way to reach somebody: a channel, and how long after the beginning."""
    found = _CONTACT.fullmatch(" ".join(text.split()))
    if not found:
        message = t("'{text}' is no way to reach somebody", text=text)
        raise AmountError(message, t("write slack, email, sms or phone, or a delay too: phone after 5m"))
    channel = next(channel for channel in CHANNELS if channel == found[1])
    return Contact(channel, interval(found[2]) if found[2] else 0)


def handover(text: str) -> Handover:
    """When the next person takes over. The usual weekday is Monday, the usual time 10:00."""
    found = _HANDOVER.fullmatch(" ".join(text.split()))
    mend = t(
        "write it like this: {example}", example="weekly Mon 10:00, daily 10:00, every 12h 08:00, every 2w Tue 10:00"
    )
    if not found:
        raise AmountError(t("'{text}' is no handover", text=text), mend)
    unit = {"daily": "d", "weekly": "w"}.get(found[1], found[3])
    if found[4] and unit != "w":
        raise AmountError(t("a handover on {day} goes with whole weeks", day=found[4]), mend)
    weekday = DAYS.index(found[4] or "Mon") if unit == "w" else None
    minute = _minutes(found[5]) if found[5] else _USUAL_MINUTE
    return Handover(int(found[2] or 1) * _HOURS_A[unit], minute, weekday)


def hours(text: str) -> Hours:
    """Local times of the week; an end that is not after the beginning is on the next day."""
    found = _HOURS.fullmatch(" ".join(text.split()))
    if not found:
        message = t("'{text}' are no hours of the week", text=text)
        example = "Mon-Fri 09:00-18:00, Sat,Sun 00:00-24:00, 22:00-06:00"
        raise AmountError(message, t("write it like this: {example}", example=example))
    start, end = _minutes(found[2]), _minutes(found[3])
    days = frozenset(day for part in (found[1] or "Mon-Sun").split(",") for day in _days(part))
    return Hours(days, start, end if end > start else end + 24 * 60)


def day(text: str) -> date:
    """A day of the calendar."""
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        message = t("'{text}' is no day", text=text)
        raise AmountError(message, t("write it like this: {example}", example="2026-10-05")) from None


def phone(text: str) -> str:
    """A telephone number with its country, or $NAME of an environment variable that holds it."""
    if _VARIABLE.fullmatch(text) or _PHONE.fullmatch(text):
        return text
    message = t("this is no telephone number with + and its country")  # not shown: a message may end up anywhere
    raise AmountError(message, t('write "+81 ...", or keep it out of the book: $NAME of an environment variable'))


def email(text: str) -> str:
    """A mail address, or $NAME of an environment variable that holds it."""
    if _VARIABLE.fullmatch(text) or _MAIL.fullmatch(text):
        return text
    raise AmountError(t("this is no mail address"), t("write name@example.org, or $NAME of an environment variable"))


def repeats(text: str) -> int:
    """How often something is done again: 0 or more."""
    if re.fullmatch(r"[0-9]{1,2}", text, re.ASCII) and int(text) <= MAX_REPEATS:
        return int(text)
    message = t("'{text}' is no number of repetitions", text=text)
    raise AmountError(message, t("write a whole number from 0 to {most}", most=MAX_REPEATS))


def _days(part: str) -> list[int]:
    """The days of "Mon", or of "Fri-Mon"."""
    first, last = (DAYS.index(day) for day in (part.split("-")[0], part.split("-")[-1]))
    return [(first + n) % 7 for n in range((last - first) % 7 + 1)]


def _minutes(text: str) -> int:
    return int(text[:2]) * 60 + int(text[3:])
