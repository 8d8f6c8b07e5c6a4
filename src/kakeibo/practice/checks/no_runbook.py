"""Objectives that wake somebody up, without a word on what to do then."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from kakeibo.errors import Problem
from kakeibo.i18n import marked, t
from kakeibo.practice.kinds import Check, Material, finding


class NoRunbook(Check):
    KIND = "no-runbook"
    LOOKS_AT = ("book", "ledger")
    SUMMARY = marked("Somebody is woken up and finds no instructions")
    CAUSES = frozenset({"observability", "process"})
    WORDS: ClassVar[tuple[str, ...]] = ("runbook", "instruction", "procedure", "playbook", "手順", "マニュアル")

    def findings(self, material: Material) -> Iterator[Problem]:
        book, moved = material.book, material.history.stages
        paging: dict[str, list[str]] = {}
        for journey in book.journeys.values():
            for slo in journey.slos:
                service = book.services.get(journey.service or "")
                if moved.get(slo.name, slo.stage) == "page" and (service is None or not service.runbook):
                    paging.setdefault(service.key if service else "", []).append(slo.name)
        for key, slos in paging.items():
            names = ", ".join(slos)
            if key:
                message = t("alerts of {names} wake somebody up, and the service {service} has no runbook",
                            names=names, service=key)  # fmt: skip
                yield finding(
                    material.marks.locate(("services", key), key=True), message, t("write runbook: with its address")
                )
                continue
            for name in slos:
                message = t(
                    "alerts of {names} wake somebody up, and it belongs to no service with a runbook", names=name
                )
                place = material.marks.locate(book.place_of(book.journeys[name.split("/")[0]]), key=True)
                yield finding(place, message, t("write service: for the journey, and runbook: for the service"))
