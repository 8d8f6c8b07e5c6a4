"""Objectives that nobody can be asked about."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from kakeibo.errors import Problem
from kakeibo.i18n import marked, t
from kakeibo.practice.kinds import Check, Material, finding


class NoOwner(Check):
    KIND = "no-owner"
    LOOKS_AT = ("book",)
    SUMMARY = marked("Nobody owns an objective")
    CAUSES = frozenset({"process", "observability"})
    WORDS: ClassVar[tuple[str, ...]] = (
        "owner", "responsib", "hand-over", "handover", "nobody knew", "担当", "責任", "引き継", "引継",
    )  # fmt: skip

    def findings(self, material: Material) -> Iterator[Problem]:
        book = material.book
        for journey in book.journeys.values():
            names = [slo.name for slo in journey.slos if book.owner_of(slo, journey) is None]
            if names:
                message = t("nobody can improve {names}: no team is written for it", names=", ".join(names))
                place = material.marks.locate(book.place_of(journey), key=True)
                yield finding(place, message, t("write service: for the journey, and team: for the service"))
