"""Sample events of one objective, alike ones put together; or what it is put together from."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, cast

from kakeibo import clock
from kakeibo.app.counts import counter
from kakeibo.app.reporting import moment
from kakeibo.app.sampling import sampled
from kakeibo.letters.compositions import Composition
from kakeibo.letters.samples import Sample, Verdict
from kakeibo.model import Book, Composite, Events, Journey, Method, Queries, Slo, Source
from kakeibo.store import Store


def samples_of(book: Book, source: Source, measure: Events, lines: int) -> list[Sample]:
    """What `measure` makes of the newest events of its source: one sample for all events that it judges alike."""
    judged = sampled(book, source, (measure,), lines)
    groups: dict[tuple[Any, ...], list[int]] = {}
    for number, (verdict, alike) in enumerate(zip(judged.verdicts[0], judged.alike, strict=True)):
        groups.setdefault((verdict, str(alike)), []).append(number)
    return [
        Sample(
            verdict=cast(Verdict, verdict),
            events=len(numbers),
            values=dict(zip(judged.columns, judged.values[numbers[-1]][1:], strict=True)),
            line=judged.lines[numbers[-1]],
            untrue=judged.untrue[0][numbers[-1]] if verdict in ("bad", "unknown") else (),
        )
        for (verdict, _), numbers in groups.items()
    ]


def composition_of(book: Book, store: Store, journey: Journey, slo: Slo, measure: Composite) -> Composition:
    """What the parts of `slo` counted over its window, as of the last minute that was counted.

    Raises UsageError when nothing was counted.
    """
    at = moment(book, store, "latest")
    stretch, known = slo.window.bounds(at), book.slos()
    events = {name: replace(known[name], method=Method()) for name, _ in measure.parts}
    whole = replace(slo, method=Method())
    count = counter(book, store, [whole], {stretch}, lambda _: stretch[0])
    return Composition(
        journey=journey,
        slo=slo,
        measure=measure,
        from_minute=stretch[0],
        to_minute=at,
        timezone=book.organisation.timezone,
        count=count(whole, stretch),
        parts=tuple((name, weight, count(events[name], stretch)) for name, weight in measure.parts),
    )


def newest_minutes(source: Source, slo: str, measure: Queries) -> tuple[list[tuple[int, int, int]], tuple[int, int]]:
    """What the server has of an SLO in the last hour: (minute, good, bad) of each measured minute, and how many series
    answer its two queries. Raises SourceError when it cannot be asked."""
    from kakeibo.engines.prometheus import Engine
    from kakeibo.sources.prometheus import Prometheus

    engine = Engine(Prometheus(source), {slo: measure})
    now = clock.minute_of(clock.now()) - 2  # scrapes under way have arrived by then
    try:
        look = engine.look(slo, now - 60, now)
    finally:
        engine.close()
    return look.rows, (look.series, look.of_part)
