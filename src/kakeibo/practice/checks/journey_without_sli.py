"""Journeys that people called critical, and nothing measures."""

from __future__ import annotations

from collections.abc import Iterator

from kakeibo.errors import Problem
from kakeibo.i18n import marked, t
from kakeibo.model import Journey
from kakeibo.practice.kinds import Check, Material, finding


class JourneyWithoutSli(Check):
    KIND = "journey-without-sli"
    LOOKS_AT = ("book", "ledger")
    SUMMARY = marked("A critical journey is not measured")
    CAUSES = frozenset({"observability"})

    def findings(self, material: Material) -> Iterator[Problem]:
        book = material.book
        for key, ruling in material.history.rulings.items():
            if ruling == "critical" and not _is_measured(book.journeys.get(key)):
                message = t("{journey} was decided to be critical, and the book measures nothing of it", journey=key)
                place = material.marks.locate(("journeys", key), key=True)
                yield finding(
                    place, message, t("write it under journeys: with an objective; kakeibo init proposes some")
                )
        for journey in book.journeys.values():
            served = any(slo.sli_type in (None, "availability", "quality", "correctness") for slo in journey.slos)
            if journey.kind == "cuj" and journey.key not in book.fleets and not served and journey.slos:
                message = t("{journey}: only its speed is measured, not whether it works", journey=journey.key)
                place = material.marks.locate((*book.place_of(journey), "slos"), key=True)
                yield finding(place, message, t("add an objective of availability"))


def _is_measured(journey: Journey | None) -> bool:
    return journey is not None and bool(journey.slos)
