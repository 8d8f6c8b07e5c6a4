"""Users of whom support speaks: known by a keyed digest alone (HMAC-SHA-256), so that no name is ever kept.

The key is in the environment variable KAKEIBO_USER_KEY, or in the file that KAKEIBO_USER_KEY_FILE names; otherwise in
`kakeibo.key` beside the book, which is made when it is first needed. Whoever loses the key cannot tell any more that
two complaints are of the same user; nothing else is lost.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
import stat
from pathlib import Path
from typing import Final

from kakeibo.errors import UsageError
from kakeibo.i18n import t

VARIABLE: Final = "KAKEIBO_USER_KEY"
FILE_VARIABLE: Final = "KAKEIBO_USER_KEY_FILE"
FILE_NAME: Final = "kakeibo.key"
_SHORTEST: Final = 16
"""Characters: a shorter key could be guessed."""
_LONGEST_USER: Final = 200


def hashed(user: str, book: Path) -> str:
    """The digest of a user's id, 32 hexadecimal digits; "" for nobody. Raises UsageError when no key can be used."""
    name = user.strip()
    if not name:
        return ""
    if len(name) > _LONGEST_USER:
        raise UsageError(t("that is too long for a user's id"), t("give the id alone, without a sentence around it"))
    return hmac.new(_key(book), name.encode("utf-8", "replace"), hashlib.sha256).hexdigest()[:32]


def _key(book: Path) -> bytes:
    if key := os.environ.get(VARIABLE, "").strip():
        return _long_enough(key, VARIABLE)
    named = os.environ.get(FILE_VARIABLE)
    path = Path(named) if named else (book if book.is_dir() else book.parent) / FILE_NAME
    if not named and not path.exists():
        _make(path)
    return _long_enough(_read(path), str(path))


def _long_enough(key: str, place: str) -> bytes:
    if len(key) < _SHORTEST:
        raise UsageError(
            t("{place}: the key for users' ids is shorter than {n} characters", place=place, n=_SHORTEST),
            t("put a long random text there, such as that of: openssl rand -hex 32"),
        )
    return key.encode()


def _read(path: Path) -> str:
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
        if mode & 0o077:
            raise UsageError(
                t("{path}: others on this machine can read the key for users' ids", path=path),
                t("take that right away: chmod 600 {path}", path=path),
            )
        return path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        raise UsageError(
            t("{path}: the key for users' ids cannot be read", path=path),
            t("set {variable}, or mend the file", variable=VARIABLE),
        ) from None


def _make(path: Path) -> None:
    """Write a new key that nobody else can read. Of two who do so at once, the first one's key stays."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_hex(32) + "\n")
        try:
            os.link(draft, path)  # whole or not at all, and never over another's
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    except OSError as error:
        raise UsageError(
            t("{path}: no key for users' ids could be written ({reason})", path=path, reason=error.strerror),
            t("set {variable}, or leave the user out", variable=VARIABLE),
        ) from None
