"""What the advisor found, for programs: docs/contracts/advice.md."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Final

import msgspec

from kakeibo.clock import iso
from kakeibo.errors import Problem
from kakeibo.practice.advice import Advice, Finding, Review
from kakeibo.practice.lessons import Lesson

VERSION: Final = 1


def to_json(review: Review) -> bytes:
    """The whole review, findings that are ignored too."""
    return msgspec.json.encode(
        {
            "version": VERSION,
            "at": iso(review.at),
            "postmortems": review.lessons,
            "files": review.files,
            "burnt": burnt_lines(review.burnt),
            "advice": [advice_line(one) for one in review.advice],
            "resting": [{"check": kind, "standing": standing} for kind, standing in review.resting.items()],
            "unread": [_problem(problem) for problem in review.unread],
        }
    )


def advice_line(advice: Advice) -> dict[str, object]:
    """One check."""
    return {
        "check": advice.check.KIND,
        "summary": advice.check.summary,
        "looks_at": list(advice.check.LOOKS_AT),
        "standing": advice.standing,
        "postmortems": [_lesson(one) for one in advice.cited],
        "burnt": burnt_lines(advice.burnt),
        "saved_ratio": None if advice.saved is None else float(advice.saved),
        "saved": None if advice.saved is None else str(advice.saved),
        "findings": [_finding(one) for one in advice.findings],
    }


def burnt_lines(shares: Mapping[str, Fraction]) -> list[dict[str, object]]:
    """Shares of budgets: as a number, and exactly."""
    return [{"slo": slo, "ratio": float(share), "exact": str(share)} for slo, share in shares.items()]


def _lesson(lesson: Lesson) -> dict[str, object]:
    return {"id": lesson.id, "name": lesson.name, "title": lesson.title, "date": lesson.day.isoformat()}


def _finding(finding: Finding) -> dict[str, object]:
    ignored = finding.ignored
    why = None if ignored is None else {"until": ignored.until.isoformat(), "reason": ignored.reason}
    return {**_problem(finding.problem), "ignored": why}


def _problem(problem: Problem) -> dict[str, object]:
    return {name: getattr(problem, name) for name in ("file", "line", "column", "message", "mend")}
