"""What `check` looks for where messages come to us: the options of the source, and that a fleet takes them.

Nobody is connected to: whether a broker lets us in is said by `ingest` and `work`.
"""

from __future__ import annotations

from collections.abc import Iterator

from kakeibo.definitions.marks import Marks
from kakeibo.errors import OptionError, Problem
from kakeibo.i18n import t
from kakeibo.model import Book, Source
from kakeibo.sources.kinds import incoming_kinds


def problems_of(book: Book, source: Source, marks: Marks) -> Iterator[Problem]:
    """Everything wrong with one such source, and with what is to be counted from it."""
    keys = ("sources", source.name)
    try:
        incoming_kinds()[source.kind](source)
    except OptionError as error:
        yield Problem(*marks.locate((*keys, *error.keys), key=True), error.message, error.mend)
    for journey in book.journeys.values():
        if journey.source == source.name and journey.key not in book.fleets:
            message = t("source {name} has messages of devices: no journey can be counted from it", name=source.name)
            yield Problem(*marks.locate(book.place_of(journey)), message, t("write it under fleets: docs/fleet.md"))
