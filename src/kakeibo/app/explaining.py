"""Sample events of one objective, alike ones put together."""

from __future__ import annotations

from typing import Any, cast

from kakeibo.app.sampling import sampled
from kakeibo.letters.samples import Sample, Verdict
from kakeibo.model import Book, Events, Source


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
