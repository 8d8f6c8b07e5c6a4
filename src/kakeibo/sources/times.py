"""Times as logs write them -> whole minutes since 1970.

A time is never parsed on every line: the counting query keeps the text of the minute (`minute_key`), and only the few
distinct texts are parsed (`parse_minute`). Understood are ISO 8601 (2026-11-21T17:23:25.123+09:00, also with a space
and with Z), nginx's local time (21/Nov/2026:17:23:25 +0900), and seconds, milli-, micro- or nanoseconds since 1970. A
time without a zone needs one from the book.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from typing import Final

from kakeibo.clock import minute_of, zone
from kakeibo.sources.kinds import literal

_ISO: Final = re.compile(
    r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d)(?::\d\d(?:[.,]\d+)?)?\s?(Z|z|UTC|[+-]\d\d(?::?\d\d)?)?$", re.ASCII
)
_LOCAL: Final = re.compile(r"(\d\d)/([A-Z][a-z]{2})/(\d{4}):(\d\d):(\d\d):\d\d(?: ([+-]\d{4}))?$", re.ASCII)
_EPOCH: Final = re.compile(r"(\d{1,13})(?:\.\d*)?$|(\d{14,19})$", re.ASCII)
_MONTHS: Final = {
    "Jan": 1, "Feb": 2, "Mar": 3, "Apr": 4, "May": 5, "Jun": 6,
    "Jul": 7, "Aug": 8, "Sep": 9, "Oct": 10, "Nov": 11, "Dec": 12,
}  # fmt: skip
_LATEST: Final = 4_102_444_800  # 2100: a number above it is not in seconds but in a finer unit


def parse_minute(text: str, zone_name: str | None) -> int | None:
    """The minute that a time lies in; None when it is not understood, or has no zone and none is given."""
    try:
        if found := _ISO.match(text):
            return _minute(datetime.fromisoformat(f"{found[1]}T{found[2]}"), found[3], zone_name)
        if found := _LOCAL.match(text):
            day, month, year, hour, minute = found[1], _MONTHS[found[2]], found[3], found[4], found[5]
            return _minute(datetime(int(year), month, int(day), int(hour), int(minute)), found[6], zone_name)
        if found := _EPOCH.match(text):
            return _epoch_minute(int(found[1] or found[2]))
    except (ValueError, KeyError, OverflowError):
        return None
    return None


def _minute(naive: datetime, offset: str | None, zone_name: str | None) -> int | None:
    if offset is None:
        return minute_of(naive.replace(tzinfo=zone(zone_name))) if zone_name else None
    if offset in ("Z", "z", "UTC"):
        return minute_of(naive.replace(tzinfo=UTC))
    digits = offset[1:].replace(":", "").ljust(4, "0")
    shift = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    return minute_of(naive.replace(tzinfo=timezone(shift if offset[0] == "+" else -shift)))


def _epoch_minute(number: int) -> int:
    for unit in (1, 10**3, 10**6):
        if number < _LATEST * unit:
            return number // (60 * unit)
    return number // (60 * 10**9)


def minute_key(column: str, sample: str | None) -> tuple[str, str]:
    """SQL that shortens a time's text to its minute, and the suffix that makes a shortened text a time again.

    Lines whose time looks like `sample` are shortened; any other keeps its whole text behind a '!'. Both are exact;
    the sample only decides how few groups there are.
    """
    whole = f"'!' || {column}"
    if sample and (found := _ISO.match(sample)) and sample[16:17] == ":":
        if found[3]:
            return (
                f"CASE WHEN ends_with({column}, {literal(found[3])}) THEN left({column}, 16) ELSE {whole} END",
                found[3],
            )
        alike = f"length({column}) = {len(sample)} AND substr({column}, 20, 1) = {literal(sample[19:20])}"
        return (
            f"CASE WHEN {alike} AND right({column}, 1) BETWEEN '0' AND '9' THEN left({column}, 16) ELSE {whole} END",
            "",
        )
    if sample and (found := _LOCAL.match(sample)) and found[6]:
        shaped = f"length({column}) = {len(sample)} AND ends_with({column}, {literal(' ' + found[6])})"
        return f"CASE WHEN {shaped} THEN left({column}, 17) ELSE {whole} END", f":00 {found[6]}"
    if sample and _EPOCH.match(sample):
        # Seconds: every second of a minute has the same quotient; finer units keep their whole text unless they divide.
        digits = len(sample.split(".")[0])
        if digits in (10, 13):
            unit = 60 if digits == 10 else 60_000
            shaped = f"regexp_full_match({column}, '[0-9]{{{digits}}}([.][0-9]*)?')"
            quotient = f"CAST(CAST(left({column}, {digits}) AS BIGINT) // {unit} * 60 AS VARCHAR)"
            return f"CASE WHEN {shaped} THEN {quotient} ELSE {whole} END", ""
    return whole, ""
