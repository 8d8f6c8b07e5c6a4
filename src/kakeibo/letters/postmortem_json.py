"""Postmortems for programs: docs/contracts/postmortem.md."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from fractions import Fraction
from typing import Any, Final

import msgspec

from kakeibo.clock import moment_of
from kakeibo.postmortems.actions import Promised
from kakeibo.postmortems.adoption import Adoption
from kakeibo.postmortems.comments import Comment, Thread
from kakeibo.postmortems.digest import Digest
from kakeibo.postmortems.form import Action, Form
from kakeibo.postmortems.pareto import Pareto
from kakeibo.postmortems.records import Postmortem, Step, Version
from kakeibo.postmortems.review import Meeting
from kakeibo.postmortems.searching import Hit

VERSION: Final = 1


def encoded(document: dict[str, Any]) -> bytes:
    """A document with the version of the contract."""
    return msgspec.json.encode({"version": VERSION, **document})


def line(one: Postmortem) -> dict[str, Any]:
    """A postmortem as lists have it."""
    measured = one.head.measured
    return {
        "id": one.name,
        "title": one.title,
        "date": str(one.date),
        "state": one.state,
        "text_version": one.version,
        "team": one.team,
        "services": list(one.services),
        "incident": one.incident,
        "author": one.head.author or None,
        "reviewer": one.reviewer or None,
        "triggers": list(one.triggers),
        "root_causes": list(one.root_causes),
        "external": one.external,
        "from": _time(measured.began),
        "to": _time(measured.ended),
        "detected": _time(measured.detected),
        "acknowledged": _time(measured.acknowledged),
        "resolved": _time(measured.resolved),
        "bad_events": measured.bad,
        "users": measured.users,
        "budget": {name: {"share": float(share), "exact": str(share)} for name, share in one.burnt.items()},
        "actions": [action(each) for each in one.actions],
        "opened": _time(one.opened_at),
        "ready": _time(one.ready_at),
        "published": _time(one.published_at),
        "origin": one.origin or None,
    }


def action(one: Action) -> dict[str, Any]:
    return {
        "what": one.what,
        "type": one.type,
        "owner": one.owner or None,
        "due": str(one.due) if one.due else None,
        "done": str(one.done) if one.done else None,
    }


def listed(found: Sequence[Postmortem]) -> bytes:
    """`kakeibo postmortem list --json`."""
    return encoded({"postmortems": [line(one) for one in found]})


def hits(found: Sequence[Hit]) -> bytes:
    """`kakeibo postmortem search --json`."""
    return encoded({"found": [{**line(hit.postmortem), "excerpt": hit.excerpt} for hit in found]})


def whole(
    one: Postmortem,
    text: Version,
    form: Form,
    threads: Sequence[Thread],
    steps: Sequence[Step],
    meetings: Sequence[Meeting],
    missing: Sequence[str],
) -> bytes:
    """`kakeibo postmortem show --json`: one with its text, comments and what was done with it."""
    return encoded({
        "postmortem": line(one),
        "markdown": text.text,
        "open_questions": [question.text for question in form.open_questions],
        "comments": [{**_comment(thread.first), "open": thread.is_open,
                      "answers": [_comment(answer) for answer in thread.answers]} for thread in threads],
        "steps": [{"step": step.step, "author": step.author, "detail": step.detail or None, "at": _time(step.at)}
                  for step in steps],
        "meetings": [{"began": _time(each.began), "seconds": each.seconds, "present": list(each.present)}
                     for each in meetings],
        "attendance": {"required": list(one.head.required), "optional": list(one.head.optional)},
        "missing": list(missing),
    })  # fmt: skip


def causes(found: Sequence[Pareto]) -> bytes:
    """`kakeibo postmortem causes --json`."""
    return encoded({"causes": [pareto(each) for each in found]})


def pareto(found: Pareto) -> dict[str, Any]:
    return {
        "axis": found.axis,
        "by": found.by,
        "postmortems": found.total,
        "burnt": _share(found.burnt),
        "unnamed": found.unnamed,
        "unmeasured": found.unmeasured,
        "bars": [
            {
                "cause": bar.cause.key,
                "name": bar.cause.name,
                "count": bar.count,
                "burnt": _share(bar.burnt),
                "covered": None if bar.covered is None else float(bar.covered),
                "postmortems": [f"PM-{number}" for number in bar.postmortems],
            }
            for bar in found.bars
        ],
    }


def overdue(found: Sequence[Promised], today: date) -> bytes:
    """`kakeibo postmortem overdue --json`."""
    return encoded({"today": str(today), "overdue": [_promised(one, today) for one in found]})


def digest(found: Digest) -> bytes:
    """`kakeibo postmortem digest --json`."""
    return encoded({
        "from": str(found.first),
        "to": str(found.last),
        "new": [line(one) for one in found.new],
        "worth_reading": [{"id": one.postmortem.name, "same_root_cause": [other.name for other in one.same]}
                          for one in found.worth],
        "causes": [pareto(found.triggers), pareto(found.root_causes)],
        "overdue": [_promised(one, found.last) for one in found.overdue],
        "due": [_promised(one, found.last) for one in found.due],
        "done": [_promised(one, found.last) for one in found.done],
        "waiting": [one.name for one in found.waiting],
        "adoption": adoption(found.adoption),
    })  # fmt: skip


def adoption(found: Adoption) -> dict[str, Any]:
    return {
        "due": found.due,
        "published": found.published,
        "share": None if found.share is None else float(found.share),
        "exempt": found.exempt,
        "withdrawn": found.withdrawn,
        "lead_seconds": list(found.lead_times),
        "median_lead_seconds": found.median_lead,
        "readers": sum(found.readers) if found.readers else None,
    }


def _promised(one: Promised, today: date) -> dict[str, Any]:
    return {"postmortem": one.postmortem.name, **action(one.action), "days_late": one.days_late(today)}


def _comment(one: Comment) -> dict[str, Any]:
    return {
        "id": one.id,
        "kind": one.kind,
        "text": one.text,
        "quote": one.quote or None,
        "author": one.author,
        "at": _time(one.at),
    }


def _share(share: Fraction) -> dict[str, Any]:
    return {"share": float(share), "exact": str(share)}


def _time(second: int | None) -> str | None:
    return None if second is None else (moment_of(0) + timedelta(seconds=second)).strftime("%Y-%m-%dT%H:%M:%SZ")
