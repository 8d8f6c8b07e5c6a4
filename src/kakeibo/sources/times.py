"""Times as logs write them -> whole minutes since 1970.

A time is never parsed on every line: the counting query keeps the text of the minute (`minute_key`), and only the few
distinct texts are parsed (`parse_minute`). Understood are ISO 8601 (2026-11-21T17:23:25.123+09:00, also with a space
and with Z), nginx's local time (21/Nov/2026:17:23:25 +0900), and seconds, milli-, micro- or nanoseconds since 1970. A
time without a zone needs one from the book.

What decides the minute must be right: date, hour, minute and zone. What stands between minute and zone is not looked
at, so a leap second is in its minute, and shortening needs no second look at each line.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from functools import lru_cache
from typing import Final

from kakeibo.clock import minute_of, zone
from kakeibo.sources.kinds import literal

_ISO: Final = re.compile(r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d).*(Z|z|UTC|[+-]\d\d(?::?\d\d)?)", re.ASCII | re.DOTALL)
_ISO_WITHOUT_ZONE: Final = re.compile(r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d)(?::\d\d(?:[.,]\d+)?)?", re.ASCII)
_LOCAL: Final = re.compile(r"(\d\d/[A-Z][a-z][a-z]/\d{4}:\d\d:\d\d).* ([+-]\d{4})", re.ASCII | re.DOTALL)
_LOCAL_WITHOUT_ZONE: Final = re.compile(r"(\d\d/[A-Z][a-z][a-z]/\d{4}:\d\d:\d\d):\d\d", re.ASCII)
_EPOCH: Final = re.compile(r"(\d{1,13})(?:\.\d*)?|(\d{14,19})", re.ASCII)
_MONTHS: Final = {
    "Jan": 1, "Feb": 2, "Mar": 3, "Apr": 4, "May": 5, "Jun": 6,
    "Jul": 7, "Aug": 8, "Sep": 9, "Oct": 10, "Nov": 11, "Dec": 12,
}  # fmt: skip
_CALENDAR: Final = range(-1_035_591_840, 4_223_370_240)
"""Minutes from 0001-01-02 to 9999-12-30: there is a date for them in every zone."""
_LATEST: Final = 4_102_444_800  # 2100: a number above it is not in seconds but in a finer unit


def parse_minute(text: str, zone_name: str | None) -> int | None:
    """The minute that a time lies in; None when it is not understood, or has no zone and none is given.

    Where clocks are put back, a time without a zone is in the first of the two hours that bear its name.
    """
    try:
        if found := _ISO.fullmatch(text) or _ISO_WITHOUT_ZONE.fullmatch(text):
            return _minute(datetime.fromisoformat(f"{found[1]}T{found[2]}"), found.groups()[2:], zone_name)
        if found := _LOCAL.fullmatch(text) or _LOCAL_WITHOUT_ZONE.fullmatch(text):
            day, month, year, hour, minute = re.split("[/:]", found[1])
            moment = datetime(int(year), _MONTHS[month], int(day), int(hour), int(minute))
            return _minute(moment, found.groups()[1:], zone_name)
        if found := _EPOCH.fullmatch(text):
            return _epoch_minute(int(found[1] or found[2]))
    except (ValueError, KeyError, OverflowError):
        return None
    return None


def _minute(moment: datetime, offset: Sequence[str], zone_name: str | None) -> int | None:
    """The minute of a local time, its offset from UTC given, or known from the zone."""
    if offset:
        place: tzinfo = _zone_at(offset[0])
    elif zone_name:
        place = zone(zone_name)
    else:
        return None
    minute = minute_of(moment.replace(tzinfo=place))
    return minute if minute in _CALENDAR else None


@lru_cache(maxsize=256)
def _zone_at(offset: str) -> timezone:
    """Z, UTC, +09, +0900 or +09:00."""
    if offset in ("Z", "z", "UTC"):
        return UTC
    digits = offset[1:].replace(":", "").ljust(4, "0")
    shift = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    return timezone(shift if offset[0] == "+" else -shift)


def _epoch_minute(number: int) -> int:
    for unit in (1, 10**3, 10**6):
        if number < _LATEST * unit:
            return number // (60 * unit)
    return number // (60 * 10**9)


def whole_text(key: str, suffix: str) -> str:
    """The text of a time that `minute_key` made `key` of: as it was, or of the same minute."""
    return key[1:] if key.startswith("!") else key + suffix


def minute_key(column: str, sample: str | None) -> tuple[str, str]:
    """SQL that shortens a time's text to its minute, and the suffix that makes a shortened text a time again.

    Lines whose time looks like `sample` are shortened; any other keeps its whole text behind a '!'. Both are exact;
    the sample only decides how few groups there are.
    """
    whole = f"'!' || {column}"
    if sample is None:
        return whole, ""
    if found := _ISO.fullmatch(sample):
        alike = f"{column} LIKE {literal('____-%' + found[3])}"
        return f"CASE WHEN {alike} THEN left({column}, 16) ELSE {whole} END", found[3]
    if found := _LOCAL.fullmatch(sample):
        offset = f" {found[2]}"
        alike = f"{column} LIKE {literal('__/%' + offset)}"
        return f"CASE WHEN {alike} THEN left({column}, 17) ELSE {whole} END", offset
    if _ISO_WITHOUT_ZONE.fullmatch(sample):
        # Nothing at its end tells such a time from one with another zone: its whole shape is looked at.
        return f"CASE WHEN regexp_full_match({column}, '{_SHAPE}') THEN left({column}, 16) ELSE {whole} END", ""
    digits = len(sample.split(".")[0])
    if _EPOCH.fullmatch(sample) and digits in (10, 13):
        # Every second of a minute has the same quotient; of finer units, only milliseconds are shortened.
        unit = 60 if digits == 10 else 60_000
        shaped = f"regexp_full_match({column}, '[1-9][0-9]{{{digits - 1}}}([.][0-9]*)?')"
        quotient = f"CAST(CAST(left({column}, {digits}) AS BIGINT) // {unit} * 60 AS VARCHAR)"
        return f"CASE WHEN {shaped} THEN {quotient} ELSE {whole} END", ""
    return whole, ""


def hour_key(column: str, sample: str | None) -> str:
    """SQL that shortens a time's text to its hour, in the way of `minute_key` and with the same suffix.

    Only where an hour of the text is an hour of UTC; elsewhere (a zone off by half an hour, a zone that is not written)
    to its minute, which is as exact and makes more groups.
    """
    key, suffix = minute_key(column, sample)
    if sample is not None and suffix and _zone_at(suffix.strip()).utcoffset(None).seconds % 3600 == 0:
        return key.replace(f"left({column}, 16)", f"left({column}, 13) || ':00'").replace(
            f"left({column}, 17)", f"left({column}, 14) || ':00'"
        )
    for unit, seconds in ((" // 60 * 60 ", " // 3600 * 3600 "), (" // 60000 * 60 ", " // 3600000 * 3600 ")):
        key = key.replace(unit, seconds)
    return key


_SHAPE: Final = "[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(:[0-9]{2}([.,][0-9]+)?)?"
