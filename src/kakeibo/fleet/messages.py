"""What a device said, as it was received: the interface between those who receive and those who judge."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Any, Final

import msgspec

from kakeibo.devices import ATTRIBUTES
from kakeibo.i18n import t

MILLION: Final = 1_000_000
MAX_ID: Final = 200
"""Characters of a device's id; longer ones are refused."""
MAX_CODES: Final = 50
"""Error codes of one message; more of them come from a broken device, and are left out."""
_LAST_MS: Final = 4_102_444_800_000  # 2100: a receiver's clock is never there
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MS: Final = timedelta(milliseconds=1)


class Message(msgspec.Struct, frozen=True, gc=False):
    """One message. `received` (ms since 1970, by our clock) decides; `sent`, the device's own time, is only kept.

    `battery` is in millionths of a full charge, rounded down. `retained`: the broker's copy of an old message, which
    says nothing about the present. `answer`: the command that the device confirms. `disabled`: it cannot be used,
    whatever else it says. `gone`: it is not expected any more, until it is heard again. None: the message does not say.
    """

    device: str
    received: int
    sent: int | None = None
    sequence: int | None = None
    battery: int | None = None
    errors: tuple[str, ...] = ()
    on_trip: bool | None = None
    retained: bool = False
    disabled: bool | None = None
    gone: bool = False
    answer: str | None = None
    position: tuple[float, float] | None = None
    region: str | None = None
    model: str | None = None
    firmware: str | None = None


class MalformedError(ValueError):
    """A message that cannot be used; the text says why, in one sentence."""


def message_of(payload: Mapping[str, Any], fields: Mapping[str, str], received: int | None = None) -> Message:
    """The message in a JSON object. `received`: when it came; left out, the payload says (field "received").

    Raises MalformedError without a device or a time of receipt. A value that cannot be (battery 900 %, a sequence of
    letters) is taken as not said: the rest of the message, and that it came, hold all the same.
    """

    def said(name: str) -> Any:
        return payload.get(fields.get(name, name))

    device = said("device")
    if isinstance(device, int) and not isinstance(device, bool):
        device = str(device)
    if not isinstance(device, str) or not device or len(device) > MAX_ID or "\0" in device:
        raise MalformedError(t("no device is named"))
    at = moment(said("received")) if received is None else received
    if at is None:
        raise MalformedError(t("no time of receipt between 1970 and 2100"))
    errors = said("errors")
    codes = errors if isinstance(errors, list) else [] if errors is None else [errors]
    texts = {name: _short(said(name)) for name in ATTRIBUTES}
    return Message(
        device=device,
        received=at,
        sent=moment(said("sent")),
        sequence=_natural(said("sequence")),
        battery=_charge(said("battery")),
        errors=tuple(str(code)[:MAX_ID] for code in codes[:MAX_CODES] if isinstance(code, str | int)),
        on_trip=_flag(said("on_trip")),
        retained=said("retained") is True,
        disabled=_flag(said("disabled")),
        gone=said("gone") is True,
        answer=_short(said("answer")),
        position=_position(said("latitude"), said("longitude")),
        region=texts["region"],
        model=texts["model"],
        firmware=texts["firmware"],
    )


def moment(value: Any) -> int | None:
    """Milliseconds since 1970 of a number of seconds, or of milliseconds, or of an ISO 8601 text with a zone."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        if not 0 < value < _LAST_MS:
            return None
        return int(value) if value >= _LAST_MS // 1000 else round(value * 1000)
    if not isinstance(value, str):
        return None
    try:
        found = msgspec.convert(value, datetime)
    except msgspec.ValidationError:
        return None
    if found.tzinfo is None:
        return None
    ms = (found - _EPOCH) // _MS
    return ms if 0 < ms < _LAST_MS else None


def _flag(value: Any) -> bool | None:
    return value if isinstance(value, bool) else None


def _natural(value: Any) -> int | None:
    whole = isinstance(value, int) and not isinstance(value, bool)
    return value if whole and 0 <= value < 1 << 62 else None


def _charge(value: Any) -> int | None:
    """Millionths, rounded down, of percent: exact when compared with a threshold of whole millionths."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 100:
        return None
    return int(Fraction(str(value)) * 10_000)


def _position(latitude: Any, longitude: Any) -> tuple[float, float] | None:
    numbers = all(isinstance(one, int | float) and not isinstance(one, bool) for one in (latitude, longitude))
    inside = numbers and abs(latitude) <= 90 and abs(longitude) <= 180
    return (float(latitude), float(longitude)) if inside else None


def _short(value: Any) -> str | None:
    text = str(value) if isinstance(value, int) and not isinstance(value, bool) else value
    return text[:MAX_ID].replace("\0", "") if isinstance(text, str) and text else None
