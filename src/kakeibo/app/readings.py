"""What a pass over a server of metrics came to, and how it is told."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from kakeibo import clock
from kakeibo.app.pipeline import Summary
from kakeibo.errors import SourceError
from kakeibo.i18n import t
from kakeibo.model import Source


@dataclass(slots=True)
class Reading(Summary):
    """What one pass over a server counted. `lines` are samples, `files` is 0, minutes are [from_minute, to_minute).

    `gaps` are the stretches in them of which nobody scraped anything; `resets` counters that began anew; `unseen`
    events of targets from before their first sample; `excess` SLO -> events that `valid` does not know of.
    """

    from_minute: int = 0
    to_minute: int = 0
    gaps: list[tuple[int, int]] = field(default_factory=list)
    resets: int = 0
    unseen: int = 0
    excess: Counter[str] = field(default_factory=Counter)


def found_in_words(reading: Reading, zone: str) -> list[str]:
    """What a pass noticed, a line each."""
    lines = []
    if reading.gaps:
        minutes = sum(end - start for start, end in reading.gaps)
        start, end = max(reading.gaps, key=lambda gap: gap[1] - gap[0])
        lines.append(
            t("nothing was scraped in {n} minutes, at the longest from {start} to {end}: not measured, not zero",
              n=f"{minutes:,}", start=at(start, zone), end=at(end, zone))
        )  # fmt: skip
    if reading.resets:
        lines.append(t("counters began anew {n} times; counting went on from 0", n=f"{reading.resets:,}"))
    if reading.unseen:
        lines.append(
            t("{n} events of new targets happened before their first sample, nobody knows when: not counted",
              n=f"{reading.unseen:,}")
        )  # fmt: skip
    for slo, excess in reading.excess.items():
        lines.append(
            t("{slo}: {n} events are not among the valid ones and were left out: is its query a part of valid:?",
              slo=slo, n=f"{excess:,}")
        )  # fmt: skip
    return lines


def at(minute: int, zone: str) -> str:
    """A minute for people, by their own clock."""
    return f"{clock.local(minute, zone):%Y-%m-%d %H:%M}"


def nothing_there(source: Source) -> SourceError:
    """What to say of a server that has no sample of any query."""
    return SourceError(
        t("{url} has no sample of any valid: query", url=source.options.get("url")),
        t("try the queries on the server's own page, or wait for the first scrape"),
    )
