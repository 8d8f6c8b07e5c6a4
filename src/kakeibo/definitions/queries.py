"""SLOs of a server of metrics: `valid`, and `good` or `bad`, are queries in the server's own language."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from kakeibo.definitions.marks import Findings, Marks
from kakeibo.definitions.shapes import written_like
from kakeibo.i18n import t
from kakeibo.model import Queries

_EXAMPLE: Final = "{valid: 'http_requests_total', good: 'http_requests_total{code!~\"5..\"}', target: 99.9%}"


@dataclass(frozen=True, slots=True)
class QueriesReading:
    """Reads the measures of one journey, written at `place`. Texts are kept as they are: their kind checks them."""

    marks: Marks
    findings: Findings
    place: tuple[str, ...]
    journey: Mapping[str, Any]

    def measure(self, source: str, sli: str, slo: Mapping[str, Any]) -> Queries | None:
        """The queries of one SLO; None when something is missing, which is reported."""
        place = (*self.place, "slos", sli)
        self._refuse_void(self.place)
        self._refuse_void(place)
        valid = slo.get("valid", self.journey.get("valid"))
        if valid is None:
            self._missing(place, t("the key '{key}' is missing", key="valid"))
        both = self.marks.has((*place, "good")) and self.marks.has((*place, "bad"))
        if both or not (self.marks.has((*place, "good")) or self.marks.has((*place, "bad"))):
            self._missing(place, t("an objective has good: or bad:, one of them"))
            return None
        part = slo.get("good", slo.get("bad"))
        if valid is None or part is None:
            return None
        return Queries(source, valid, slo.get("good"), slo.get("bad"))

    def _missing(self, place: tuple[str, ...], message: str) -> None:
        self.findings.error(self.marks.locate(place), message, written_like(_EXAMPLE))

    def _refuse_void(self, place: tuple[str, ...]) -> None:
        keys = (*place, "void")
        if self.marks.has(keys):
            message = t("void: is for logs: a server of metrics is asked for what counts")
            self.findings.error(
                self.marks.locate(keys, key=True), message, t("leave these events out in valid: and good:")
            )


def judged_by_condition(marks: Marks, place: tuple[str, ...], findings: Findings) -> None:
    """Errors of an SLO over a log: it has no `bad`, and it has `good` (unless that is misspelt, which is reported)."""
    if marks.has((*place, "bad")):
        message = t("bad: is for servers of metrics")
        findings.error(marks.locate((*place, "bad"), key=True), message, t("write good: with a condition"))
    elif not marks.has((*place, "good")) and not difflib.get_close_matches("good", marks.keys(place), n=1):
        example = written_like("good: status < 500")
        findings.error(marks.locate(place), t("the key '{key}' is missing", key="good"), example)
