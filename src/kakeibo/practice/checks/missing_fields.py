"""Logs without the fields that an objective is judged by."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from kakeibo.errors import Problem
from kakeibo.i18n import marked, t
from kakeibo.model import Events
from kakeibo.practice.kinds import Check, Material, finding


class MissingFields(Check):
    KIND = "missing-fields"
    LOOKS_AT = ("book", "ledger")
    SUMMARY = marked("A log lacks what an objective is judged by")
    CAUSES = frozenset({"observability"})
    WORDS: ClassVar[tuple[str, ...]] = ("log", "field", "not measured", "ログ", "項目", "計測")

    def findings(self, material: Material) -> Iterator[Problem]:
        book = material.book
        for journey in book.journeys.values():
            if journey.key in book.fleets:
                continue
            for slo in journey.slos:
                for one in slo.accounts or (slo,):
                    missing = _missing(material, one.measure) if isinstance(one.measure, Events) else []
                    if missing and isinstance(one.measure, Events):
                        place = material.marks.locate(
                            ("journeys", journey.key, "slos", slo.name.split("/", 1)[1]), key=True
                        )
                        message = t("{slo}: the newest lines of {source} have no field {names}",
                                    slo=slo.name, source=one.measure.source, names=", ".join(missing))  # fmt: skip
                        yield finding(
                            place, message, t("have it logged (docs/sources.md); kakeibo audit shows the lines")
                        )


def _missing(material: Material, measure: Events) -> list[str]:
    """The columns that it asks for and no line has."""
    offered = material.columns.get(measure.source)
    if offered is None:
        return []
    asked = (measure.valid, measure.good) + ((measure.void,) if measure.void else ())
    return sorted({column for predicate in asked for column in predicate.columns} - offered)
