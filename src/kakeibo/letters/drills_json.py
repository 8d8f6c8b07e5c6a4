"""Drills for programs: docs/contracts/drill.md."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec

from kakeibo.letters.gate import iso_second
from kakeibo.practice.drills.measures import STEPS, earlier, measures, median
from kakeibo.practice.drills.records import Run

VERSION: Final = 1


def report(run: Run, runs: Sequence[Run]) -> bytes:
    """One drill, against earlier runs of its scenario."""
    before = earlier(run, runs)
    usual = {step: median(before, step) for step in STEPS}
    found = {
        "version": VERSION,
        "drill": line(run),
        "earlier": [line(one) for one in before],
        "median_seconds": {step: None if value is None else float(value) for step, value in usual.items()},
    }
    return msgspec.json.encode(found)


def listed(runs: Sequence[Run]) -> bytes:
    """Every drill, the newest first."""
    return msgspec.json.encode({"version": VERSION, "drills": [line(run) for run in runs]})


def line(run: Run) -> dict[str, object]:
    """One drill."""
    found = measures(run)
    return {
        "id": run.id,
        "scenario": run.scenario,
        "title": dict(run.title),
        "scripted": run.scripted,
        "minutes": run.minutes,
        "began": iso_second(run.began),
        "trouble_began": iso_second(run.trouble),
        "ended": None if run.ended is None else iso_second(run.ended),
        "roles": dict(run.roles),
        "seconds": {step: found.of(step) for step in STEPS},
        "events": run.events,
        "alerts": [{"at": iso_second(one.at), "slo": one.slo, "severity": one.severity} for one in run.alerts],
        "notes": [
            {"at": iso_second(one.at), "kind": one.kind, "by": one.by or None, "text": one.text or None}
            for one in run.notes
        ],
        "programs": [
            {"at": iso_second(one.at), "command": list(one.command), "exit_code": one.code} for one in run.ran
        ],
    }
