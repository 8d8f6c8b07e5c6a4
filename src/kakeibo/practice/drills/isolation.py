"""The book of a drill: the same promises over other logs, and nobody told but those who take part.

The store of the organisation is not opened. Sources become JSON lines in the drill's own folder, with the columns that
the conditions ask for; what cannot be made up as events (servers of metrics, fleets) is left out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from kakeibo.model import Book, Composite, Journey, Measure, Organisation, Slo, Source, Title
from kakeibo.practice.drills.examples import Examples, judged

MARK: Final[Title] = {"en": "[DRILL]", "ja": "【訓練】"}
"""Before every name that people are told, and, as the column `drill`, in every event."""
LOGS: Final = "logs"


def isolated(book: Book, folder: Path, tell: Sequence[str], made: Mapping[str, Mapping[str, Examples]]) -> Book:
    """The book of a drill in `folder`, whose alerts go to the receivers `tell` alone. `made`: journey -> source -> its
    events; journeys without any are left out."""
    known = {slo.name for key in made for slo, _ in judged(book.journeys[key])}
    journeys = {key: _journey(book, one, known) for key, one in book.journeys.items() if key not in book.fleets}
    journeys = {key: one for key, one in journeys.items() if one.slos}
    used = {leaf.measure.source for one in journeys.values() for slo in one.slos for leaf in slo.tree
            if not isinstance(leaf.measure, Composite)}  # fmt: skip
    return Book(
        path=folder / "kakeibo.yaml",
        organisation=Organisation(
            name=_marked(book.organisation.name, book.organisation.language),
            timezone=book.organisation.timezone,
            language=book.organisation.language,
        ),
        teams={
            key: replace(team, chat=None, notify={"page": tuple(tell), "ticket": tuple(tell)} if tell else {})
            for key, team in book.teams.items()
        },
        services={key: replace(one, title=_title(one.title, key)) for key, one in book.services.items()},
        sources={
            name: _source(book.sources[name], folder, _columns(name, made)) for name in book.sources if name in used
        },
        journeys=journeys,
        lists=book.lists,
        channels={key: one for key, one in book.channels.items() if key in {to.partition(":")[0] for to in tell}},
    )


def log_of(folder: Path, source: str) -> Path:
    """Where the events of a source are written."""
    return folder / LOGS / f"{source}.json"


def _source(source: Source, folder: Path, columns: set[str]) -> Source:
    """The source of a drill; it is broken down by those columns that its events have."""
    path, breakdown = f"{LOGS}/{source.name}.json", tuple(one for one in source.breakdown if one in columns)
    return Source(source.name, "ndjson", (path,), folder, breakdown=breakdown)


def _columns(source: str, made: Mapping[str, Mapping[str, Examples]]) -> set[str]:
    found = [by_source[source] for by_source in made.values() if source in by_source]
    return {column for one in found for event in (one.good, *one.bad.values()) for column in event}


def _journey(book: Book, journey: Journey, known: set[str]) -> Journey:
    """What of a journey can be played; every alert is told, whatever stage it has come to."""
    kept = [
        replace(slo, stage="page", short=None, accounts=(), probe_minutes=None, measure=_measure(slo))
        for slo in journey.slos
        if slo.name in known or _is_put_together(book, slo, known)
    ]
    return replace(journey, title=_title(journey.title, journey.key), slos=tuple(kept))


def _measure(slo: Slo) -> Measure:
    """How users' events are judged, where probes are counted beside them."""
    users = next((one for one in slo.accounts if one.probe_minutes is None), slo)
    return users.measure


def _is_put_together(book: Book, slo: Slo, known: set[str]) -> bool:
    return (
        isinstance(slo.measure, Composite) and not slo.accounts and {one.name for one in book.counted_for(slo)} <= known
    )


def _title(title: Title, key: str) -> Title:
    return {lang: _marked(text, lang) for lang, text in (title or {"en": key, "ja": key}).items()}


def _marked(text: str, lang: str) -> str:
    return f"{MARK.get(lang, MARK['en'])} {text}".rstrip()
