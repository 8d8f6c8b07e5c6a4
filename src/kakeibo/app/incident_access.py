"""Access for a while during an incident: commands of the book that open and close it. Off unless the book names any.

Race with a crash: 1. the grant is written down; 2. the command opens; 3. that is noted. Whatever happens between, the
worker closes what is written down once its time is over, and goes on trying until the command says that it is closed.
"""

from __future__ import annotations

import os
import subprocess
from typing import Final

from kakeibo.app.names import mend_of
from kakeibo.app.slips import author_of, worded
from kakeibo.errors import UsageError
from kakeibo.i18n import t
from kakeibo.incidents import changes, grants, records
from kakeibo.incidents.changes import Act
from kakeibo.incidents.grants import Grant
from kakeibo.model import Access, Book
from kakeibo.store import Store

PATIENCE: Final = 60
"""Seconds that a command may take."""


def give(
    book: Book,
    store: Store,
    number: int,
    name: str,
    *,
    person: str,
    minutes: int,
    reason: str,
    by: str | None,
    now: int,
) -> Grant:
    """Open access `name` for `person`, for so many minutes from second `now` on.

    Raises UsageError for access that the book does not name, a time longer than it allows, an incident that is over,
    and a command that refuses.
    """
    hook, act = _hook(book, name), Act.here(author_of(by), now)
    if not 0 < minutes <= hook.longest:
        raise UsageError(
            t("{name} stays open for {n} minutes at most", name=name, n=hook.longest), t("ask for less time")
        )
    who, why = worded(person, "--person"), worded(reason, "--reason")
    with store.writing() as connection:
        incident = records.incident(connection, number, entries=0)
        if incident.is_over:
            raise UsageError(t("incident {id} is over", id=number), t("access is opened for what is not over"))
        grant = grants.begin(connection, number, name, who, why, now + 60 * minutes, act)
    went_well, answer = _run(book, hook.open, grant)
    with store.writing() as connection:
        if went_well:
            return grants.opened(connection, grant.id, answer)
        grants.failed(connection, grant.id, answer)
    close(book, store, grant, act)
    raise UsageError(t("access {name} could not be opened: {why}", name=name, why=answer or "-"),
                     t("the command stands in the book, under access"))  # fmt: skip


def take_back(book: Book, store: Store, number: int, by: str | None, now: int) -> Grant:
    """Close access before its time is over. Raises UsageError."""
    act = Act.here(author_of(by), now)
    with store.writing() as connection:
        grant = grants.one(connection, number)
        if grant.state == "closed":
            return grant
        grant = grants.closing(connection, number)
    return close(book, store, grant, act)


def close_due(book: Book, store: Store, now: int) -> list[Grant]:
    """What the worker does in each round: close all whose time is over."""
    with store.reading() as connection:
        found = grants.due(connection, now, 2 * PATIENCE)
    return [close(book, store, grant, Act.ours(now)) for grant in found]


def close(book: Book, store: Store, grant: Grant, act: Act) -> Grant:
    """Run the command that closes; when it fails, the next round runs it again."""
    hook = book.access.get(grant.hook)
    if hook is None:
        why = t("the book no longer says how {name} is closed", name=grant.hook)
        with store.writing() as connection:
            return grants.closing(connection, grant.id, why)
    went_well, answer = _run(book, hook.close, grant)
    with store.writing() as connection:
        if went_well:
            return grants.closed(connection, grant.id, answer, act)
        if grant.tries == 0:
            text = t("{name} could not be closed; it is tried again: {why}", name=grant.hook, why=answer or "-")
            changes.note(connection, grant.incident_id, "note", act, text)
        return grants.closing(connection, grant.id, answer or "-")


def _hook(book: Book, name: str) -> Access:
    if name in book.access:
        return book.access[name]
    mend = mend_of(name, book.access) if book.access else t("name it under access: docs/incidents.md")
    raise UsageError(t("the book has no access {name}", name=name), mend)


def _run(book: Book, command: tuple[str, ...], grant: Grant) -> tuple[bool, str]:
    """Whether a command went well, and what it said. What it is about, its environment says; there is no shell."""
    folder = book.path if book.path.is_dir() else book.path.parent
    environment = {
        **os.environ,
        "KAKEIBO_GRANT": str(grant.id),
        "KAKEIBO_INCIDENT": str(grant.incident_id),
        "KAKEIBO_PERSON": grant.person,
        "KAKEIBO_ENDS": str(grant.ends),
    }
    try:
        done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, timeout=PATIENCE, check=False,
                              stdin=subprocess.DEVNULL)  # fmt: skip
    except (OSError, ValueError, subprocess.TimeoutExpired) as error:
        return False, str(error)
    said = (done.stdout + done.stderr).decode("utf-8", "replace").strip()
    return done.returncode == 0, said[-1_000:]
