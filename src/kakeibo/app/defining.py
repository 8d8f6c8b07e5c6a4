"""By what an objective's events are judged, whole: its conditions, and the rules of a fleet where it is one's."""

from __future__ import annotations

from kakeibo import ledger
from kakeibo.fleet.rule_texts import rules_in_words
from kakeibo.model import Book, Slo, Source


def text_of(book: Book, slo: Slo, source: Source) -> str:
    """What the ledger keeps, so that a change is seen."""
    text = ledger.text_of(slo.measure, source, book.lists)
    fleet = book.fleet_of(source.name)
    return f"{text}\n{rules_in_words(fleet)}" if fleet else text
