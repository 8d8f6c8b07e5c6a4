"""What a database says when it fails -> a StoreError that says what to do."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DatabaseError, DataError, IntegrityError, InternalError, ProgrammingError

from kakeibo.errors import StoreBusy, StoreError
from kakeibo.i18n import t

# SQLite's result codes: https://sqlite.org/rescode.html (the low byte is the primary code)
_SQLITE_BUSY = (5, 6)
_SQLITE_READ_ONLY = 8
_SQLITE_CORRUPT = 11
_SQLITE_FULL = 13
_SQLITE_CANNOT_OPEN = 14
_SQLITE_NOT_A_DATABASE = 26

# PostgreSQL's: https://www.postgresql.org/docs/current/errcodes-appendix.html
_POSTGRES_BUSY = ("55P03", "40001", "40P01")
_POSTGRES_FULL = ("53100",)
_POSTGRES_REFUSES = ("42501", "25006", "42P07")  # no right to; read-only server; somebody else's table of that name

_MISTAKES = (DataError, IntegrityError, InternalError, ProgrammingError)


@contextmanager
def explained(name: str) -> Iterator[None]:
    """Turn the database's failures into StoreErrors about the store `name`. Mistakes in our SQL stay as they are."""
    try:
        yield
    except DatabaseError as error:
        if isinstance(error, _MISTAKES) and getattr(error.orig, "sqlstate", None) not in _POSTGRES_REFUSES:
            raise
        raise _explanation(name, error) from error


def _explanation(name: str, error: DatabaseError) -> StoreError:
    state = getattr(error.orig, "sqlstate", None)
    code = getattr(error.orig, "sqlite_errorcode", 0) & 0xFF
    if code in _SQLITE_BUSY or state in _POSTGRES_BUSY:
        return StoreBusy(
            t("the store {name} is held by another process", name=name),
            t("wait until that process has finished, then run the command again"),
        )
    if code == _SQLITE_FULL or state in _POSTGRES_FULL:
        return StoreError(
            t("no space left for the store {name}; nothing of this posting was written", name=name),
            t("free some space, then run the command again: counting goes on where it stopped"),
        )
    if code == _SQLITE_READ_ONLY:
        return StoreError(
            t("the store {name} cannot be written", name=name),
            t("allow writing to the file and its folder, or give another place with --store"),
        )
    if code == _SQLITE_CANNOT_OPEN:
        return StoreError(
            t("the store {name} cannot be opened", name=name),
            t("see that its folder exists and may be written, or give another place with --store"),
        )
    if code == _SQLITE_NOT_A_DATABASE:
        return StoreError(
            t("the file {name} is not a store", name=name),
            t("give another file with --store; a file that does not exist yet is created"),
        )
    if code == _SQLITE_CORRUPT:
        return StoreError(
            t("the store {name} is damaged", name=name),
            t("restore it from a backup, or move it away and count the logs again with `kakeibo ingest`"),
        )
    if state in _POSTGRES_REFUSES:
        return StoreError(
            t("the store {name} refused: {reason}", name=name, reason=" ".join(str(error.orig).split())),
            t("give kakeibo a database of its own, in which its user may create tables"),
        )
    return StoreError(
        t("the store {name} failed: {reason}", name=name, reason=" ".join(str(error.orig).split())),
        t("see that the database runs and that the address, user and password in --store are right"),
    )
