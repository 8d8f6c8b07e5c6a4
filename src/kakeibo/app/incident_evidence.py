"""What was known of an incident, in one archive: for those who look into it later, when logs are gone."""

from __future__ import annotations

import csv
import hashlib
import io
import os
import tempfile
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import msgspec

from kakeibo import __version__, clock, ledger
from kakeibo.alerts import gate_log, record
from kakeibo.alerts.received import received
from kakeibo.app.incident_desk import span
from kakeibo.app.incident_events import Event, events_of
from kakeibo.app.incident_series import series_of, what
from kakeibo.errors import SourceError, UsageError
from kakeibo.i18n import t
from kakeibo.incidents import records
from kakeibo.incidents.nouns import Incident
from kakeibo.ledger.releases import releases
from kakeibo.letters import incidents_json
from kakeibo.model import Book
from kakeibo.sources.kinds import asked_kinds
from kakeibo.store import Store

AROUND: Final = 30
"""Minutes before and after the impact."""
_EPOCH: Final = (1980, 1, 1, 0, 0, 0)

Stretch = tuple[int, int]
Part = tuple[str, bytes, str]
"""File, content, what it is."""


def write(book: Book, store: Store, number: int, path: Path, now: int) -> list[dict[str, Any]]:
    """Write the archive of an incident, whole or not at all; returns the manifest's list of files. `now`: minute.

    Raises UsageError when there is no such incident, or no such folder.
    """
    if not path.parent.is_dir():
        raise UsageError(t("there is no folder {path}", path=path.parent), t("make it first, or choose another"))
    incident = records.incident(store, number)
    start, end = span(incident)
    stretch = start - AROUND, min(now, end if end is not None else now) + AROUND
    parts = list(_parts(book, store, incident, stretch))
    files = [{"name": name, "bytes": len(content), "sha256": hashlib.sha256(content).hexdigest(), "what": what}
             for name, content, what in parts]  # fmt: skip
    manifest = {
        "version": incidents_json.VERSION,
        "kakeibo": __version__,
        "incident": number,
        "from": clock.iso(stretch[0]),
        "to": clock.iso(stretch[1]),
        "files": files,
    }
    _zip(path, [("manifest.json", _json(manifest), ""), *parts])
    return files


def _parts(book: Book, store: Store, incident: Incident, stretch: Stretch) -> Iterator[Part]:
    whole = incidents_json.whole(incident, len(incident.timeline), [])
    yield "incident.json", _json(whole), "the incident, its impact, its timeline"
    yield "counts.csv", _counts(book, store, stretch), "events of every objective by minute"
    yield "alerts.json", _alerts(store, stretch), "changes of our alerts, and alerts of other tools"
    yield "releases.json", _releases(store, stretch), "what went live, and what the gate was asked about"
    for name, source in book.sources.items():
        if source.kind in asked_kinds():
            if series := series_of(book, store, source, stretch):
                yield f"metrics/{name}.json", _json(series), what(series)
            continue
        try:
            found = events_of(book, source, stretch)
        except (SourceError, OSError) as error:
            yield f"events/{name}.txt", str(error).encode(), "why no events could be read"
            continue
        if found:
            yield f"events/{name}.csv", _events(found), "events from the log, judged: a sample"


def _counts(book: Book, store: Store, stretch: Stretch) -> bytes:
    names = list(book.slos())
    rows = [
        (clock.iso(minute), name, count.good, count.bad, count.void, count.unknown)
        for name, points in ledger.series(store, names, *stretch, 1).items()
        for minute, count in points
    ]
    return _csv(("minute", "slo", "good", "bad", "void", "unknown"), sorted(rows))


def _alerts(store: Store, stretch: Stretch) -> bytes:
    flips = [
        {"id": flip.id, "slo": flip.alert.subject, "severity": flip.alert.severity, "at": clock.iso(flip.at),
         "from": flip.before, "to": flip.after, "reason": flip.reason, "facts": flip.facts}
        for flip in record.flips(store, since=stretch[0])
        if flip.at < stretch[1]
    ]  # fmt: skip
    told = [
        {"origin": one.origin, "name": one.name, "severity": one.severity, "state": one.state, "summary": one.summary,
         "labels": dict(one.labels), "from": clock.iso((one.began or 0) // 60),
         "to": clock.iso(one.ended // 60) if one.ended else None}
        for one in received(store, since=60 * stretch[0])
        if (one.began or 0) < 60 * stretch[1]
    ]  # fmt: skip
    return _json({"flips": flips, "received": told})


def _releases(store: Store, stretch: Stretch) -> bytes:
    found = [
        {"service": one.service, "kind": one.kind, "verdict": one.verdict, "author": one.author, "reason": one.reason,
         "at": clock.iso(one.decided // 60)}
        for one in gate_log.entries(store)
        if 60 * stretch[0] <= one.decided < 60 * stretch[1]
    ]  # fmt: skip
    live = [
        {"service": one.service, "version": one.version, "author": one.author, "note": one.note,
         "at": clock.iso(one.at)}
        for one in releases(store, since=stretch[0], until=stretch[1])
    ]  # fmt: skip
    return _json({"live": live, "gate": found})


def _events(found: Sequence[Event]) -> bytes:
    rows = [
        (clock.iso(one.minute), " ".join(f"{slo}={word}" for slo, word in one.verdicts.items()), one.line)
        for one in found
    ]
    return _csv(("minute", "judged", "line"), rows)


def _csv(head: Sequence[str], rows: Sequence[Sequence[object]]) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(head)
    writer.writerows(rows)
    return out.getvalue().encode()


def _json(value: object) -> bytes:
    return msgspec.json.format(msgspec.json.encode(value), indent=2) + b"\n"


def _zip(path: Path, parts: Sequence[Part]) -> None:
    """The same content gives the same bytes: every file bears the same time."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name, content, _ in parts:
            archive.writestr(zipfile.ZipInfo(name, _EPOCH), content, zipfile.ZIP_DEFLATED)
    with tempfile.NamedTemporaryFile(dir=path.parent, suffix=".zip", delete=False) as file:
        file.write(made.getvalue())
    os.replace(file.name, path)  # noqa: PTH105
