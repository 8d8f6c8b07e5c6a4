"""What the advisor found, as SARIF 2.1.0 (OASIS), which code hosts show beside the lines."""

from __future__ import annotations

import hashlib
from pathlib import PurePath
from typing import Any, Final
from urllib.parse import quote

import msgspec

from kakeibo import __version__
from kakeibo.errors import Problem
from kakeibo.letters import advice as letter
from kakeibo.model import Book
from kakeibo.practice.advice import Advice, Finding, Review

SCHEMA: Final = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"


def to_sarif(review: Review, book: Book) -> bytes:
    """One run. Findings that are ignored are in it as suppressed; what could not be read, as notifications."""
    names = letter.names_of(book)
    run = {
        "tool": {
            "driver": {"name": "kakeibo", "version": __version__, "rules": [_rule(one, names) for one in review.advice]}
        },
        "columnKind": "unicodeCodePoints",
        "invocations": [
            {
                "executionSuccessful": True,
                "toolExecutionNotifications": [
                    {"level": "warning", "message": {"text": str(problem)}, "locations": [_location(problem)]}
                    for problem in review.unread
                ],
            }
        ],
        "results": [
            _result(advice, number, finding)
            for number, advice in enumerate(review.advice)
            for finding in advice.findings
        ],
    }
    return msgspec.json.format(msgspec.json.encode({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}), indent=1)


def _rule(advice: Advice, names: dict[str, str]) -> dict[str, Any]:
    said = (letter.cited(advice.cited), letter.cost(advice, names), letter.saving(advice))
    return {
        "id": advice.check.KIND,
        "shortDescription": {"text": advice.check.summary},
        "help": {"text": "\n".join(sentence for sentence in said if sentence)},
        "properties": {
            "standing": advice.standing,
            "postmortems": [one.name for one in advice.cited],
            "burnt": {slo: str(share) for slo, share in advice.burnt.items()},
        },
    }


def _result(advice: Advice, number: int, finding: Finding) -> dict[str, Any]:
    problem, ignored = finding.problem, finding.ignored
    result = {
        "ruleId": advice.check.KIND,
        "ruleIndex": number,
        "level": "warning" if advice.standing == "cited" else "note",
        "message": {"text": f"{problem.message}. {problem.mend}" if problem.mend else problem.message},
        "locations": [_location(problem)],
        "partialFingerprints": {"kakeibo/v1": _fingerprint(advice, problem)},
    }
    if ignored is not None:
        result["suppressions"] = [{"kind": "inSource", "status": "accepted", "justification": ignored.reason}]
    return result


def _location(problem: Problem) -> dict[str, Any]:
    """Where it is. The region is left out where the whole file is meant."""
    physical: dict[str, Any] = {"artifactLocation": {"uri": _uri(problem.file)}}
    if problem.line:
        physical["region"] = {"startLine": problem.line, "startColumn": max(problem.column, 1)}
    return {"physicalLocation": physical}


def _uri(file: str) -> str:
    path = PurePath(file)
    return path.as_uri() if path.is_absolute() else quote(path.as_posix())


def _fingerprint(advice: Advice, problem: Problem) -> str:
    """The same while the finding is, also when lines above it come and go."""
    return hashlib.sha256(f"{advice.check.KIND}\n{problem.file}\n{problem.message}".encode()).hexdigest()[:32]
