"""Which files make up a book, and their text."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from kakeibo.errors import BookError, Problem
from kakeibo.i18n import t

SUFFIXES = (".yaml", ".yml")
MAX_BYTES = 32_000_000
"""What is larger is a log given in place of a book."""


def book_files(path: Path) -> list[Path]:
    """The file itself and those in policies/ beside it; of a folder its YAML files, those in policies/ and all those
    below teams/, in order of their names.

    Other folders are not entered: they may hold YAML that is no business of ours.
    """
    try:
        if path.is_dir():
            files = [*path.iterdir(), *path.glob("policies/*"), *path.glob("teams/**/*")]
        elif path.exists():
            return [path, *_yaml(path.parent.glob("policies/*"))]
        else:
            mend = t("give its path with --book, or let one be proposed: kakeibo init LOGFILE")
            raise problem(path, t("there is no book here"), mend)
    except OSError as error:
        raise unreadable(path, error) from None
    found = _yaml(files)
    if not found:
        raise problem(path, t("no YAML file in this folder"), t("put the book there as kakeibo.yaml"))
    return found


def read_text(path: Path, mend: str = "") -> str:
    """The text of one file, without a byte order mark. Raises BookError when it is none, or too large: then `mend`."""
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise unreadable(path, error) from None
    if len(data) > MAX_BYTES:
        message = t("larger than {size} MB: this is no book", size=MAX_BYTES // 1_000_000)
        raise problem(path, message, mend or t("give the path of the book with --book"))
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        start = data.rfind(b"\n", 0, error.start) + 1
        column = len(data[start : error.start].decode("utf-8-sig", errors="replace")) + 1
        message = t("not a text file in UTF-8")
        raise BookError([Problem(str(path), line, column, message, t("save the file as UTF-8"))]) from None


def _yaml(files: Iterable[Path]) -> list[Path]:
    return sorted(file for file in set(files) if file.suffix in SUFFIXES and not _passed_over(file))


def _passed_over(file: Path) -> bool:
    """Folders, and the hidden files that editors leave behind."""
    return file.name.startswith(".") or file.is_dir()


def unreadable(path: Path, error: OSError) -> BookError:
    reason = error.strerror or str(error)
    return problem(path, t("cannot be read ({reason})", reason=reason), t("check the file and its permissions"))


def problem(path: Path, message: str, mend: str) -> BookError:
    return BookError([Problem(str(path), 0, 0, message, mend)])
