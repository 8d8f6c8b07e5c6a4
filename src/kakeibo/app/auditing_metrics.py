"""Which objective a server of metrics cannot measure: it is asked for the newest hour; nothing is counted."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kakeibo import clock, ledger
from kakeibo.app.readings import at
from kakeibo.errors import KakeiboError
from kakeibo.i18n import t
from kakeibo.letters.findings import Finding, Level, Subject
from kakeibo.model import Book, Queries, Source
from kakeibo.store import Store

_HOUR: Final = 60
_BEHIND: Final = 2
_GAPS_SHOWN: Final = 3
_WEEK: Final = 7 * clock.MINUTES_PER_DAY


def audit(book: Book, store: Store | None, source: Source) -> list[Subject]:
    """The source, then each objective that is asked of it."""
    from kakeibo.engines.prometheus import Engine, Look
    from kakeibo.sources.prometheus import Prometheus

    measures = {slo.name: slo.measure for slo in book.slos_of(source.name) if isinstance(slo.measure, Queries)}
    now = clock.minute_of(clock.now()) - _BEHIND
    try:
        engine = Engine(Prometheus(source), measures)
    except KakeiboError as error:
        return _impossible(source, list(measures), error)
    looks: dict[str, Look] = {}
    try:
        for slo in measures:
            looks[slo] = engine.look(slo, now - _HOUR, now)
    except KakeiboError as error:
        return _impossible(source, list(measures), error)
    finally:
        engine.close()
    gaps = _gaps(book, store, source, now) if store else []
    subjects = [Subject("source", source.name, "doubtful" if gaps else "fine", tuple(gaps))]
    for slo, look in looks.items():
        level, findings = _judged(measures[slo], look.series, look.of_part, len(look.rows))
        more = list(_noticed(look.spacing, look.resets, int(look.excess), len(look.rows)))
        worst: Level = "doubtful" if look.excess >= 1 and level == "fine" else level
        subjects.append(Subject("slo", slo, worst, (*findings, *more)))
    return subjects


def _impossible(source: Source, slos: list[str], error: KakeiboError) -> list[Subject]:
    why = (Finding(error.message, mend=error.mend),)
    return [
        Subject("source", source.name, "impossible", why),
        *(Subject("slo", slo, "impossible", why) for slo in slos),
    ]


def _gaps(book: Book, store: Store, source: Source, now: int) -> list[Finding]:
    """When nothing was scraped in the last week, of what has been counted."""
    [stream] = ledger.cursor(store, source.name).streams or [None]
    first = ledger.health(store, source.name, 0, 0).first_minute
    if stream is None or first is None:
        return []
    gaps = ledger.gaps(store, source.name, max(now - _WEEK, first), stream.position)
    zone = book.organisation.timezone
    longest = sorted(gaps, key=lambda gap: gap[0] - gap[1])[:_GAPS_SHOWN]
    shown = [t("{start} to {end}", start=at(start, zone), end=at(end, zone)) for start, end in sorted(longest)]
    minutes = sum(end - start for start, end in gaps)
    if not gaps:
        return []
    message = t("nothing was scraped in {n} minutes of the last 7 days", n=f"{minutes:,}")
    mend = t("was the server away, or what it scrapes? These minutes are not measured; they are not zero")
    return [Finding(message, "; ".join(shown) + ("; ..." if len(gaps) > _GAPS_SHOWN else ""), mend)]


def _judged(measure: Queries, series: int, of_part: int, minutes: int) -> tuple[Level, list[Finding]]:
    """Whether both queries find something."""
    evidence = t("in the last hour: {series} series, {minutes} of 60 minutes measured", series=series, minutes=minutes)
    if not series:
        message = t("valid: finds nothing in the last hour")
        mend = t("try it on the server's own page: are the name and the labels right?")
        return "impossible", [Finding(message, measure.valid, mend)]
    if of_part:
        return "fine", [Finding(t("both queries find something"), evidence)]
    if measure.good is not None:
        message = t("good: finds nothing in the last hour, so that every event is bad")
        return "doubtful", [
            Finding(message, measure.good, t("is it misspelt? Compare its labels with those of valid:"))
        ]
    message = t("bad: finds nothing in the last hour, so that every event is good")
    mend = t("that is right where nothing has failed yet; otherwise compare its labels with those of valid:")
    return "fine", [Finding(message, f"{measure.bad}; {evidence}", mend)]


def _noticed(spacing: int | None, resets: int, excess: int, minutes: int) -> Iterator[Finding]:
    if spacing and spacing > 60_000:
        message = t("scraped every {n} seconds: the events of several minutes are put into one", n=spacing // 1000)
        mend = t("scrape more often where minutes matter; expressions with [$window] need step: of twice that")
        yield Finding(message, t("{minutes} of 60 minutes measured", minutes=minutes), mend)
    if resets:
        yield Finding(t("counters began anew {n} times; counting went on from 0", n=f"{resets:,}"))
    if excess:
        yield Finding(
            t("{n} events are not among the valid ones and were left out", n=f"{excess:,}"),
            mend=t("let good: or bad: be a part of valid:, scraped from the same targets"),
        )
