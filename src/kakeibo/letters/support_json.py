"""Answers for support as JSON: docs/contracts/support.md."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from kakeibo.budgets.breakdown import Part
from kakeibo.budgets.outages import Finding
from kakeibo.clock import iso
from kakeibo.ledger.complaints import Complaint
from kakeibo.model import Slo

VERSION: Final = 1


def complaint_line(one: Complaint) -> dict[str, Any]:
    """A complaint as it is kept."""
    return {
        "id": one.id,
        "journey": one.journey or None,
        "at": iso(one.at),
        "entered": iso(one.entered),
        "text": one.text,
        "user": one.user_hash or None,
        "verdict": one.verdict,
        "origin": one.origin,
    }


def finding_line(slo: Slo, found: Finding, parts: Sequence[Part]) -> dict[str, Any]:
    """What was found of one objective."""
    look = found.look
    return {
        "slo": slo.name,
        "verdict": found.verdict,
        "reason": found.reason,
        "from": iso(look.start),
        "to": iso(look.end),
        "measured_minutes": look.measured,
        "valid": look.count.valid,
        "bad": look.count.bad,
        "usual_share": float(found.usual),
        "expected": None if look.expected is None else float(look.expected),
        "parts": [
            {
                "column": part.column,
                "value": part.value,
                "kind": part.kind,
                "bad": part.count.bad,
                "good": part.count.good,
            }
            for part in parts
        ],
    }
