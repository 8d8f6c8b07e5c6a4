"""What came from devices and could not be used: counted when it came, the newest kept."""

from __future__ import annotations

from typing import Final

from kakeibo import clock
from kakeibo.i18n import t
from kakeibo.ledger import health, reasons, samples
from kakeibo.letters.findings import Finding, Level, Subject
from kakeibo.model import Source
from kakeibo.store import Store

_DAYS: Final = 28
_SAMPLES: Final = 3


def audit(store: Store | None, source: Source) -> list[Subject]:
    """One source of messages, by what the store has of it; nothing without a store."""
    if store is None:
        return []
    now = clock.minute_of(clock.now()) + 1
    came = health(store, source.name, now - _DAYS * clock.MINUTES_PER_DAY, now)
    if came.first_minute is None and not came.lines:
        mend = t("let devices send, then run kakeibo ingest or kakeibo work")
        return [Subject("source", source.name, "impossible", (Finding(t("no message was received yet"), mend=mend),))]
    level: Level = "doubtful" if came.rejected > source.max_rejected * came.lines else "fine"
    found = [Finding(reason, _times(n)) for reason, n in reasons(store, source.name).items()]
    if came.rejected:
        share = t(
            "{n} of the {lines} messages of {days} days", n=f"{came.rejected:,}", lines=f"{came.lines:,}", days=_DAYS
        )
        found.insert(0, Finding(t("messages that were none"), share))
    shown = tuple(f"{one.path}: {one.text}" for one in samples(store, source.name)[-_SAMPLES:])
    return [Subject("source", source.name, level, tuple(found), shown)]


def _times(n: int) -> str:
    return t("1 message") if n == 1 else t("{n} messages", n=f"{n:,}")
