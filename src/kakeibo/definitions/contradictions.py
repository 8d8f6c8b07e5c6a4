"""Objectives whose keys can hardly all be meant: counted as written, and told with the mend."""

from __future__ import annotations

from kakeibo.definitions.marks import Findings, Marks
from kakeibo.i18n import t
from kakeibo.model import Slo


def tell_contradictions(slo: Slo, place: tuple[str, ...], marks: Marks, findings: Findings) -> None:
    """Slices of which most of the time none ends in the window; an alert that is there twice, and decided once."""
    if slo.method.slice_minutes > slo.window.nominal_minutes:
        message = t(
            "slices longer than the window of {window}: most of the time none ends in it", window=slo.window.text
        )
        findings.warn(marks.locate((*place, "method")), message, t("write shorter slices, or a longer window:"))
    rules = slo.alerts or ()
    if len(set(rules)) < len(rules):
        message = t("the same alert is there twice")
        findings.warn(marks.locate((*place, "alerts")), message, t("keep one of the two"))
