"""Alerts for programs: docs/contracts/alerts.md. Fractions are exact texts, times ISO 8601 in UTC."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

import msgspec

from kakeibo.alerts.acknowledgements import Acknowledgement
from kakeibo.alerts.record import Flip
from kakeibo.alerts.stages import Move
from kakeibo.clock import iso
from kakeibo.letters.alerts import Firing, Staged, Standing
from kakeibo.model import Slip

VERSION: Final = 1


def to_json(found: Standing) -> bytes:
    """`kakeibo alerts --json`."""
    return _document(
        at=iso(found.at),
        decided=None if found.decided is None else iso(found.decided),
        healthy=None if found.healthy is None else iso(found.healthy),
        undelivered={"letters": found.waiting[0], "oldest_seconds": found.waiting[1]},
        firing=[_firing(one) for one in found.firing],
        flips=[flip_line(flip) for flip in found.flips],
    )


def taken(acknowledgement: Acknowledgement) -> bytes:
    """`kakeibo ack --json`."""
    return _document(alert=acknowledgement.group, acknowledged=acknowledged(acknowledgement))


def silences(found: Sequence[Slip]) -> bytes:
    """`kakeibo silence list --json`."""
    return _document(silences=[_silence(slip) for slip in found])


def stages(rows: Sequence[Staged]) -> bytes:
    """`kakeibo stage --json`."""
    return _document(
        stages=[
            {
                "slo": row.slo.name,
                "stage": row.stage,
                "starts_at": row.slo.stage,
                "moves": [_move(m) for m in row.moves],
            }
            for row in rows
        ]
    )


def _document(**values: object) -> bytes:
    return msgspec.json.encode({"version": VERSION, **values})


def _firing(one: Firing) -> dict[str, object]:
    flip, taken = one.flip, one.taken
    return {
        "alert": flip.group,
        "slo": flip.alert.subject,
        "severity": flip.alert.severity,
        "told_as": one.told_as,
        "state": flip.after,
        "reason": flip.reason,
        "since": iso(one.since),
        "at": iso(flip.at),
        "budget_left": flip.facts.get("budget_left"),
        "facts": flip.facts,
        "acknowledged": taken and acknowledged(taken),
        "silenced": one.silence and _silence(one.silence),
    }


def acknowledged(taken: Acknowledgement) -> dict[str, object]:
    """Who takes an alert, as every document writes it."""
    return {"by": taken.author, "at": _second(taken.at), "note": taken.note, "origin": taken.origin}


def flip_line(flip: Flip) -> dict[str, object]:
    """A change of an alert, as every document writes it."""
    return {
        "id": flip.id,
        "slo": flip.alert.subject,
        "severity": flip.alert.severity,
        "from": flip.before,
        "to": flip.after,
        "at": iso(flip.at),
        "reason": flip.reason,
        "alert": flip.group or None,
        "noted": _second(flip.noted),
        "facts": flip.facts,
    }


def _silence(slip: Slip) -> dict[str, object]:
    revoked = slip.revoked
    return {
        "id": slip.id,
        "what": slip.what,
        "scope": list(slip.scope),
        "from": iso(slip.from_minute),
        "to": iso(slip.to_minute),
        "author": slip.author,
        "reason": slip.reason,
        "entered": iso(slip.entered),
        "revoked": revoked and {"author": revoked.author, "reason": revoked.reason, "at": iso(revoked.at)},
    }


def _move(move: Move) -> dict[str, object]:
    return {"stage": move.stage, "author": move.author, "reason": move.reason, "at": _second(move.at)}


def _second(second: int) -> str:
    return datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
