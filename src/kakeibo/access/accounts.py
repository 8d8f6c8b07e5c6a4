"""Local accounts, for when the provider is down: a name and a password, hashed by argon2id. Its user is an admin.

Guessing is slow: after FAILURES wrong passwords within WINDOW seconds a name is refused, right or wrong, until the
first of them is older. So is everybody once MOST have been wrong under any names, which bounds the work of hashing
too. Setting a password forgets the wrong ones, so that whoever has the machine is never locked out.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import Connection, delete, func, insert, select

from kakeibo.errors import UsageError
from kakeibo.i18n import t
from kakeibo.store import Store, audit, tables

WINDOW: Final = 15 * 60
FAILURES: Final = 5
MOST: Final = 50
SHORTEST: Final = 12
LONGEST: Final = 256

_HASHER: Final = PasswordHasher()
_ONE_AT_A_TIME: Final = threading.BoundedSemaphore(2)
"""Each check takes 64 MiB for a moment."""


class TooManyTries(UsageError):  # noqa: N818 - named for what it means to the caller
    """Wrong passwords of late: come again in `seconds`."""

    def __init__(self, seconds: int) -> None:
        super().__init__(t("too many wrong passwords"), t("wait {n} minutes", n=-(-seconds // 60)))
        self.seconds = seconds


@dataclass(frozen=True, slots=True)
class Account:
    """`at`: the second in which its password was set."""

    name: str
    at: int


def set_password(store: Store, name: str, password: str, author: str, now: int) -> None:
    """Make an account, or give it another password; its sessions end. Raises UsageError for one too short or long."""
    if not name.strip() or len(name) > 100 or not name.isprintable():
        raise UsageError(t("an account needs a name of at most {n} characters", n=100))
    if not SHORTEST <= len(password) <= LONGEST:
        raise UsageError(t("a password has {least} to {most} characters", least=SHORTEST, most=LONGEST))
    hashed, table = _HASHER.hash(password), tables.accounts
    with store.writing() as connection:
        _forget(connection, name)
        connection.execute(insert(table).values(name=name, password=hashed, at=now))
        audit.note(connection, author, "account.password", name)


def remove(store: Store, name: str, author: str) -> None:
    """Remove an account; its sessions end. Raises UsageError when there is none."""
    with store.writing() as connection:
        if connection.scalar(select(tables.accounts.c.name).where(tables.accounts.c.name == name)) is None:
            raise UsageError(t("there is no account {name}", name=name), t("kakeibo user list shows them"))
        _forget(connection, name)
        audit.note(connection, author, "account.removed", name)


def accounts(store: Store) -> list[Account]:
    """All of them, by name."""
    rows = select(tables.accounts.c.name, tables.accounts.c.at).order_by(tables.accounts.c.name)
    with store.reading() as connection:
        return [Account(*row) for row in connection.execute(rows)]


def check(store: Store, name: str, password: str, now: int) -> bool:
    """Whether the password is that of the account. Raises TooManyTries. A name that is none costs the same time.

    1. Count a failure before looking, in a writing transaction, so that tries at once do not share one allowance.
    2. Hash outside of any transaction: it takes long. 3. Only a right one takes its failures back.
    """
    name, failed = name[:100], tables.failed_sign_ins
    with store.writing() as connection:
        connection.execute(delete(failed).where(failed.c.at <= now - WINDOW))
        _refuse_guessing(connection, name, now)
        connection.execute(insert(failed).values(name=name, at=now))
        held = connection.scalar(select(tables.accounts.c.password).where(tables.accounts.c.name == name))
    with _ONE_AT_A_TIME:
        right = _verified(held or _NOBODY, password[: LONGEST + 1]) and held is not None
    if right:
        with store.writing() as connection:
            connection.execute(delete(failed).where(failed.c.name == name))
    return right


def _refuse_guessing(connection: Connection, name: str, now: int) -> None:
    failed = tables.failed_sign_ins.c
    for most, mine in ((FAILURES, failed.name == name), (MOST, failed.at > 0)):
        count, first = connection.execute(select(func.count(), func.min(failed.at)).where(mine)).one()
        if count >= most:
            raise TooManyTries(first + WINDOW - now)


def _verified(hashed: str, password: str) -> bool:
    try:
        return _HASHER.verify(hashed, password)
    except (VerificationError, InvalidHashError):
        return False


def _forget(connection: Connection, name: str) -> None:
    accounts, sessions, failed = tables.accounts, tables.sessions, tables.failed_sign_ins
    connection.execute(delete(accounts).where(accounts.c.name == name))
    connection.execute(delete(sessions).where(sessions.c.kind == "local", sessions.c.name == name))
    connection.execute(delete(failed))


_NOBODY: Final = _HASHER.hash("nobody's password")
