"""Releases as people and pipelines tell of them: checked, kept, listed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import msgspec

from kakeibo import clock
from kakeibo.app.names import mend_of
from kakeibo.app.reporting import parsed
from kakeibo.app.slips import author_of, worded
from kakeibo.clock import iso
from kakeibo.errors import UsageError
from kakeibo.i18n import t
from kakeibo.ledger.releases import Release, record
from kakeibo.letters import figures, phrases
from kakeibo.model import Book
from kakeibo.store import Store

VERSION: Final = 1
LONGEST_VERSION: Final = 100
LONGEST_NOTE: Final = 1_000
LONGEST_AUTHOR: Final = 200


def release(
    book: Book, store: Store, service: str, version: str, *, at: str = "", author: str | None = None, note: str = ""
) -> tuple[Release, bool]:
    """Keep that `version` of `service` went live (`at` "": now), and whether that was new. Raises UsageError for a
    service that the book does not have, a time that is none or to come, and empty words."""
    if service not in book.services:
        said = t("there is no service {name} in the book", name=repr(service[:80]))
        raise UsageError(said, mend_of(service, book.services))
    now = clock.now()
    minute = clock.minute_of(parsed(at, book.organisation.timezone) if at else now)
    if minute > clock.minute_of(now):
        raise UsageError(t("{text} is yet to come", text=repr(at)), t("a release is told once it has happened"))
    words = worded(version, t("the version"))
    if len(words) > LONGEST_VERSION:
        raise UsageError(t("the version has more than {n} characters", n=LONGEST_VERSION))
    return record(
        store,
        Release(
            service=service,
            version=words,
            at=minute,
            author=author_of(author)[:LONGEST_AUTHOR],
            note=worded(note, "--note")[:LONGEST_NOTE] if note.strip() else "",
            entered=clock.minute_of(now),
        ),
    )


def line(one: Release) -> dict[str, Any]:
    """docs/contracts/releases.md"""
    return {
        "id": one.id,
        "service": one.service,
        "version": one.version,
        "at": iso(one.at),
        "author": one.author,
        "note": one.note or None,
        "entered": iso(one.entered),
    }


def to_json(found: Sequence[Release]) -> bytes:
    """docs/contracts/releases.md"""
    return msgspec.json.encode({"version": VERSION, "releases": [line(one) for one in found]})


def listed(found: Sequence[Release], zone: str) -> str:
    """Releases for the terminal, a line each."""
    if not found:
        return t("No release has been told yet.") + "\n"
    return "".join(f"{figures.moment(one.at, zone)}  {words(one)}\n" for one in found)


def words(one: Release) -> str:
    """A release in a line."""
    text = f"{phrases.printable(one.service)} {phrases.printable(one.version)}"
    return f"{text} ({phrases.printable(one.note, 300)})" if one.note else text
