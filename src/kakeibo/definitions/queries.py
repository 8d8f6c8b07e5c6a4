"""SLOs of a server of metrics: `valid`, and `good` or `bad`, are queries in the server's own language."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from kakeibo.definitions.marks import Findings, Marks
from kakeibo.definitions.shapes import written_like
from kakeibo.i18n import t
from kakeibo.model import Queries

_EXAMPLE: Final = "{valid: 'http_requests_total', good: 'http_requests_total{code!~\"5..\"}', target: 99.9%}"


def queries(
    source: str, slo: Mapping[str, Any], place: tuple[str, ...], marks: Marks, findings: Findings
) -> Queries | None:
    """The queries of an SLO written at `place`, as they are: their kind of source checks them.

    None when something is missing, which is reported (that one of good and bad is, by the shape of the book).
    """
    for keys in (place, place[:2]):
        if marks.has((*keys, "void")):
            message = t("void: is for logs: a server of metrics is asked for what counts")
            mend = t("leave these events out in valid: and good:")
            findings.error(marks.locate((*keys, "void"), key=True), message, mend)
    if slo.get("valid") is None:
        findings.error(marks.locate(place), t("the key '{key}' is missing", key="valid"), written_like(_EXAMPLE))
        return None
    if slo.get("good") is None and slo.get("bad") is None:
        return None
    return Queries(source, slo["valid"], slo.get("good"), slo.get("bad"))


def no_bad(place: tuple[str, ...], marks: Marks, findings: Findings) -> None:
    """Errors of an SLO over a log: its bad events are all that are not good."""
    if marks.has((*place, "bad")):
        message = t("bad: is for servers of metrics")
        findings.error(marks.locate((*place, "bad"), key=True), message, t("write good: with a condition"))
