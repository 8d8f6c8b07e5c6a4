"""What is kept of a drill: files in a folder of its own beside the book, nothing in the store of the organisation.

`drill.json` is written anew at every change, whole or not at all; `notes.jsonl` is only added to, by those who play.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final, Literal, get_args

import msgspec

from kakeibo.definitions.files import problem
from kakeibo.errors import UsageError
from kakeibo.i18n import t

FOLDER: Final = "drills"
VERSION: Final = 1
Kind = Literal["detected", "acknowledged", "hypothesis", "right", "resolved"]
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)
"""What can be noted; `right`: a hypothesis, and it is the right one."""


class Note(msgspec.Struct, frozen=True):
    """Something that took place in second `at`, in the words of the role `by`."""

    at: int
    kind: Kind
    by: str = ""
    text: str = ""


class Alert(msgspec.Struct, frozen=True):
    """An alert of the drill, told in second `at`."""

    at: int
    slo: str
    severity: str


class Ran(msgspec.Struct, frozen=True):
    """A program that was run in second `at`, and what it ended with; None: it did not end in time, or not begin."""

    at: int
    command: tuple[str, ...]
    code: int | None


class Run(msgspec.Struct, frozen=True):
    """One drill, in seconds since 1970. `trouble`: when the first event went wrong; the beginning where it was played
    without events. `ended` None: it is going on, or was broken off. `answered`: when somebody took an alert of it."""

    id: str
    scenario: str
    title: Mapping[str, str]
    scripted: bool
    minutes: int
    began: int
    trouble: int
    roles: Mapping[str, str]
    tell: tuple[str, ...] = ()
    ended: int | None = None
    alerts: tuple[Alert, ...] = ()
    answered: int | None = None
    notes: tuple[Note, ...] = ()
    ran: tuple[Ran, ...] = ()
    events: int = 0
    version: int = VERSION


def folder_of(book: Path) -> Path:
    """Where the drills of a book lie."""
    return (book if book.is_dir() else book.parent) / FOLDER


def begin(drills: Path, name: str) -> tuple[str, Path]:
    """A number for a new run of a scenario, and its folder, which is made."""
    try:
        drills.mkdir(exist_ok=True)
        for number in range(1, 100_000):
            with suppress(FileExistsError):
                (folder := drills / f"{name}-{number}").mkdir()
                return folder.name, folder
    except OSError as error:
        raise UsageError(
            t("cannot write to the folder {path} ({reason})", path=drills, reason=error.strerror or error),
            t("give a folder that you may write to, on a disk with room"),
        ) from None
    raise UsageError(t("there are too many runs of {name}", name=name), t("move some of them away"))


def save(folder: Path, run: Run) -> None:
    """Write a run down, whole or not at all."""
    new = folder / "drill.json~"
    new.write_bytes(msgspec.json.format(msgspec.json.encode(run), indent=1) + b"\n")
    os.replace(new, folder / "drill.json")  # noqa: PTH105


def run_of(folder: Path) -> Run:
    """The run in a folder, with what was noted. Raises BookError for a file that is damaged."""
    path = folder / "drill.json"
    try:
        found = msgspec.json.decode(path.read_bytes(), type=Run)
    except (OSError, msgspec.DecodeError) as error:
        raise problem(path, t("not the file of a drill ({reason})", reason=error), t("move it away")) from None
    return msgspec.structs.replace(found, notes=notes(folder)) if found.ended is None else found


def runs(drills: Path) -> list[Run]:
    """Every run, the newest first."""
    found = [run_of(path.parent) for path in drills.glob("*/drill.json")]
    return sorted(found, key=lambda run: (-run.began, run.id))


def find(drills: Path, name: str | None) -> Run:
    """A run by its name; the newest where none is given. Raises UsageError."""
    found = runs(drills)
    for run in found:
        if name in (None, run.id):
            return run
    if not found:
        raise UsageError(t("there has been no drill yet"), t("begin with: kakeibo drill run SCENARIO"))
    raise UsageError(
        t("there is no drill {name}", name=name), t("there are: {names}", names=", ".join(run.id for run in found[:10]))
    )


def note(folder: Path, new: Note) -> None:
    """Add a note to a drill."""
    with (folder / "notes.jsonl").open("ab") as file:
        file.write(msgspec.json.encode(new) + b"\n")


def notes(folder: Path) -> tuple[Note, ...]:
    """What was noted so far. A line that is still being written waits for the next look."""
    try:
        data = (folder / "notes.jsonl").read_bytes()
    except FileNotFoundError:
        return ()
    found = []
    for line in data.split(b"\n"):
        with suppress(msgspec.DecodeError):
            found.append(msgspec.json.decode(line, type=Note))
    return tuple(found)
