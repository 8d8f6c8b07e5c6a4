"""Time: UTC inside, in whole minutes since 1970; local at the rim. Nothing else in the package asks what time it is."""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

MINUTES_PER_HOUR = 60
MINUTES_PER_DAY = 24 * MINUTES_PER_HOUR


def now() -> datetime:
    """The present, in UTC."""
    return datetime.now(UTC)


def monotonic() -> float:
    """Seconds on a clock that never jumps: for measuring how long something took."""
    return time.monotonic()


def sleep(seconds: float) -> None:
    time.sleep(seconds)


def minute_of(moment: datetime) -> int:
    """Whole minutes since 1970-01-01T00:00Z that have begun at `moment` (which must have a zone)."""
    return int((moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(minutes=1))


def second_of(moment: datetime) -> int:
    """Whole seconds since 1970-01-01T00:00Z that have begun at `moment` (which must have a zone)."""
    return int((moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(seconds=1))


def moment_of(minute: int) -> datetime:
    """The first instant of a minute, in UTC."""
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(minutes=minute)


def iso(minute: int) -> str:
    """A minute as the contracts write it: 2026-11-21T17:23:00Z."""
    return moment_of(minute).strftime("%Y-%m-%dT%H:%M:%SZ")


@lru_cache
def zone(name: str) -> ZoneInfo:
    """An IANA time zone. Raises ValueError or ZoneInfoNotFoundError (a KeyError) for a name that is none."""
    return ZoneInfo(name)


def zone_here() -> str:
    """The IANA name of this machine's zone: that of TZ, or of /etc/localtime; UTC when neither tells."""
    linked = os.path.realpath("/etc/localtime").partition("/zoneinfo/")[2]
    for name in (os.environ.get("TZ", "").lstrip(":"), linked):
        try:
            return "UTC" if (found := zone(name).key).endswith("UTC") else found
        except (ValueError, KeyError, OSError):
            continue
    return "UTC"


def local(minute: int, zone_name: str) -> datetime:
    """A minute in the organisation's zone, for people."""
    return moment_of(minute).astimezone(zone(zone_name))
