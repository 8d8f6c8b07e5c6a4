"""One tree of errors. Every leaf says what is wrong and the mend; the command line prints it as one message.

KakeiboError
├── BookError        terminal   the book is wrong: a list of problems, each with file, line and column
├── PredicateError   terminal   one expression is wrong: offset into its text (the book adds file and line)
├── OptionError      terminal   an option of a source is wrong: its key (the book adds file and line)
├── SourceError      terminal   a source cannot be read: path that matches nothing, another format
├── UsageError       terminal   a command was given something it cannot take
│   └── EditConflict terminal   what is edited was changed by somebody else meanwhile: look again
├── SignInError      terminal   somebody cannot be signed in: what the provider said cannot be trusted
│   └── ProviderDown transient  the provider does not answer
└── StoreError       terminal   the store cannot be opened or is of a newer version
    ├── StoreBusy    transient  somebody else holds the store longer than we wait
    └── Overtaken    transient  another process has counted this source meanwhile: read its position again
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


class KakeiboError(Exception):
    """What went wrong (`message`) and what to do about it (`mend`), both ready to be read by a person."""

    transient = False

    def __init__(self, message: str, mend: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.mend = mend

    def __str__(self) -> str:
        return f"{self.message}: {self.mend}" if self.mend else self.message


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One finding about the book. `line` and `column` count from 1; 0 when the whole file is meant."""

    file: str
    line: int
    column: int
    message: str
    mend: str = ""
    level: Literal["error", "warning", "note"] = "error"

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}:{self.column}" if self.line else self.file
        text = f"{place}: {self.message}"
        return f"{text}; {self.mend}" if self.mend else text


class BookError(KakeiboError):
    """The book cannot be used; `problems` has at least one error."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = problems


class PredicateError(KakeiboError):
    """An expression is refused. `offset` counts characters from the start of its text."""

    def __init__(self, message: str, mend: str = "", offset: int = 0) -> None:
        super().__init__(message, mend)
        self.offset = offset


class OptionError(KakeiboError):
    """An option of a source is refused. `keys` is the path to it below the source, e.g. ("fields", "operation")."""

    def __init__(self, message: str, mend: str = "", keys: tuple[str, ...] = ()) -> None:
        super().__init__(message, mend)
        self.keys = keys


class SourceError(KakeiboError):
    """A source cannot be read."""


class UsageError(KakeiboError):
    """A command was given something it cannot take."""


class EditConflict(UsageError):  # noqa: N818 - named for what it means to the caller
    """What is being edited was changed by somebody else meanwhile: nothing was written, so that nothing is lost."""


class SignInError(KakeiboError):
    """Somebody cannot be signed in."""


class ProviderDown(SignInError):  # noqa: N818 - named for what it means to the caller
    """The sign-in provider does not answer."""

    transient = True


class StoreError(KakeiboError):
    """The store cannot be opened or used."""


class StoreBusy(StoreError):  # noqa: N818 - named for what it means to the caller
    """Somebody else holds the store longer than we wait."""

    transient = True


class Overtaken(StoreError):  # noqa: N818
    """Another process has counted this source meanwhile; read its position again and go on."""

    transient = True
