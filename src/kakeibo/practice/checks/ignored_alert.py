"""Alerts that come again and again, and nobody does anything."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import ClassVar, Final

from kakeibo.alerts.received import Received
from kakeibo.errors import Problem
from kakeibo.i18n import marked, t
from kakeibo.practice.kinds import Check, History, Material, finding

OFTEN: Final = 5
"""What fired less often may have been no matter of habit."""


class IgnoredAlert(Check):
    KIND = "ignored-alert"
    LOOKS_AT = ("ledger", "alerts")
    SUMMARY = marked("An alert comes and nobody acts on it")
    CAUSES = frozenset({"observability", "process"})
    WORDS: ClassVar[tuple[str, ...]] = (
        "alert", "alarm", "notification", "ignored", "cried wolf", "アラート", "警報", "通知", "見過ごし", "狼少年",
    )  # fmt: skip

    def findings(self, material: Material) -> Iterator[Problem]:
        yield from _ours(material)
        yield from _others(material)


def _ours(material: Material) -> Iterator[Problem]:
    history = material.history
    taken = {one.group for one in history.taken}
    fired, acted = Counter[str](), Counter[str]()
    for flip in history.flips:
        if flip.after == "firing" and "/" in flip.alert.subject:
            fired[flip.alert.subject] += 1
            acted[flip.alert.subject] += flip.group in taken
    for slo, times in fired.items():
        found = material.book.slos().get(slo)
        if times < OFTEN or acted[slo] or found is None:
            continue
        if history.stages.get(slo, found.stage) == "provisional":
            continue  # nobody was told
        journey = material.book.journeys[slo.split("/")[0]]
        place = material.marks.locate((*material.book.place_of(journey), "slos", slo.split("/", 1)[1]), key=True)
        message = t("{name} fired {n} times within {days} days, and nobody ever took it",
                    name=slo, n=times, days=_days(history))  # fmt: skip
        yield finding(
            place, message, t("agree on what is done then, or let it alert later or as a ticket: stage, alerts")
        )


def _others(material: Material) -> Iterator[Problem]:
    """Of other tools' alerts it is known that somebody acted when they say so, or when an alert of ours was taken
    while they fired."""
    history = material.history
    names: dict[tuple[str, str], list[Received]] = {}
    for one in history.received:
        names.setdefault((one.origin, one.name), []).append(one)
    for (origin, name), alerts in names.items():
        if len(alerts) >= OFTEN and not any(_acted(one, history) for one in alerts):
            message = t("{name} of {origin} fired {n} times within {days} days, and nobody ever acted",
                        name=name, origin=origin, n=len(alerts), days=_days(history))  # fmt: skip
            mend = t("delete it there, or say what is to be done when it fires")
            yield finding(material.marks.locate(()), message, mend)


def _acted(one: Received, history: History) -> bool:
    ends = one.ended or 60 * history.at
    return one.state == "acknowledged" or any((one.began or 0) <= taken.at <= ends for taken in history.taken)


def _days(history: History) -> int:
    return (history.at - history.since) // (24 * 60)
