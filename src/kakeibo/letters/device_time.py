"""The words of a fleet's account: not events that failed, but time of devices out of service. Counted in seconds, told
in hours."""

from __future__ import annotations

from fractions import Fraction

from kakeibo.budgets.report import Row
from kakeibo.i18n import t
from kakeibo.letters import figures
from kakeibo.model import Slo


def hours(seconds: Fraction | int, *against: Fraction | int) -> str:
    """Device-seconds as hours, with as many digits as their order against others needs to show."""
    others = (Fraction(other) / 3600 for other in against)
    return t("{n} h", n=figures.decimal(Fraction(seconds) / 3600, 0, *others, digits=1))


def is_device_time(slo: Slo) -> bool:
    return slo.unit == "device_seconds"


def spent(row: Row, bad: str, allowed: str) -> str:
    """Time out of service against the time allowed."""
    if not row.count.valid:
        return t("no time of any device counted")
    return t("{bad} of {allowed} allowed device time out of service spent", bad=bad, allowed=allowed)


def account(row: Row, bad: str, allowed: str, within: str) -> str:
    """The account in a sentence."""
    if not row.count.valid:
        return t("No time of any device was counted {within}.", within=within)
    return t(
        "Of {valid} of device time {within}, {bad} were out of service; {allowed} were allowed.",
        valid=hours(row.count.valid),
        within=within,
        bad=bad,
        allowed=allowed,
    )


def held(seconds: int) -> str:
    """What became of the time in which nobody knew."""
    return t("Held by the breaker: {void}.", void=hours(seconds))


def left_out(maintenance: bool, values: dict[str, str]) -> str:
    """What an adjustment left out; `values`: span, author, reason, good, bad."""
    if maintenance:
        return t("{span} left out as maintenance ({author}: {reason}): in service {good}, out {bad}.", **values)
    return t("{span} left out ({author}: {reason}): in service {good}, out {bad}.", **values)


def part(name: str, row: Row, bad: str) -> str:
    """What one part lost."""
    if not row.count.valid:
        return t("{part}: no device", part=name)
    return t("{part}: {bad} of {valid} out of service", part=name, bad=bad, valid=hours(row.count.valid))


def uncounted() -> str:
    """Of a trial without a past."""
    return t("No time of any device was counted.")


def tried(values: dict[str, str]) -> str:
    """The past on which targets are tried; `values`: first, last, valid, bad, share."""
    return t(
        "Tried on {first} to {last}: {valid} of device time counted, {bad} of it out of service, {share} in service.",
        **values,
    )


def candidate(values: dict[str, str]) -> str:
    """What a target would have meant; `values`: target, window, allowed, spent, left."""
    return t(
        "At {target} in {window}: {allowed} out of service allowed in the last window, {spent} spent ({left}).",
        **values,
    )
