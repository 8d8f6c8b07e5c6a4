"""Folders of Markdown postmortems -> the registry: each file once, and again when it has changed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final, Literal

from sqlalchemy import Connection

from kakeibo import clock
from kakeibo.app.postmortem_pages import read_file
from kakeibo.errors import UsageError
from kakeibo.i18n import t
from kakeibo.letters import phrases
from kakeibo.letters.lines import Page
from kakeibo.postmortems import changes, records
from kakeibo.postmortems.changes import Act
from kakeibo.postmortems.importing import Imported, import_text
from kakeibo.postmortems.records import Postmortem
from kakeibo.postmortems.writing import write
from kakeibo.store import Store

SUFFIXES: Final = (".md", ".markdown")
LARGEST: Final = 2_000_000
"""Bytes of a file that is imported."""
_ABOUT: Final = ("readme", "template", "contributing", "license", "changelog", "code_of_conduct", "index", "summary")
"""Beginnings of names of files that stand beside postmortems and are none."""

How = Literal["new", "changed", "same", "skipped", "refused"]


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a file; `doubts`: what was not understood, or why it was refused."""

    name: str
    how: How
    postmortem: Postmortem | None = None
    doubts: tuple[str, ...] = ()


def import_folder(store: Store, folder: Path, who: str, now: int, *, as_drafts: bool = False) -> Iterator[Taken]:
    """Take in the Markdown files of a folder and those below it, one after the other. A file that was taken in before
    and has changed becomes a new version. Raises UsageError when there is none."""
    files = sorted(file for file in folder.rglob("*") if file.suffix.lower() in SUFFIXES and file.is_file())
    files = [file for file in files if not any(part.startswith(".") for part in file.relative_to(folder).parts)]
    if not files:
        raise UsageError(t("{folder} has no Markdown files", folder=folder), t("name a folder with *.md files"))
    for file in files:
        name = f"{folder.resolve().name}/{file.relative_to(folder).as_posix()}"
        if file.name.lower().startswith(_ABOUT):
            yield Taken(name, "skipped")
            continue
        try:
            yield _take(store, file, name, Act(who, now), as_draft=as_drafts)
        except UsageError as error:
            yield Taken(name, "refused", None, (str(error),))


def _take(store: Store, file: Path, name: str, act: Act, *, as_draft: bool) -> Taken:
    if file.stat().st_size > LARGEST:
        raise UsageError(t("this is more than {n} bytes", n=LARGEST), t("put long logs beside it, and a link here"))
    text = read_file(file)
    day = datetime.fromtimestamp(file.stat().st_mtime, clock.zone("UTC")).date()
    found = import_text(text, name, day)
    with store.writing() as connection:
        return _enter(connection, name, found, act, as_draft=as_draft)


def _enter(connection: Connection, name: str, found: Imported, act: Act, *, as_draft: bool) -> Taken:
    text = write(found.form)
    held = records.of_origin(connection, name)
    if held is None:
        return Taken(name, "new", changes.imported(connection, text, name, act, as_draft=as_draft), found.doubts)
    written = records.versions(connection, held.id)
    if any(one.text == text for one in written):
        return Taken(name, "same", held, found.doubts)  # as it is, or as it was before it was edited here
    if any(one.number > 1 and one.note != name for one in written):
        raise UsageError(
            t("{name} was edited here and in the file", name=held.name),
            t("put them together by hand: kakeibo postmortem edit {name} --file FILE", name=held.name),
        )
    return Taken(name, "changed", changes.revise(connection, held.id, held.version, text, act, name), found.doubts)


def told(taken: Sequence[Taken], page: Page) -> str:
    """What became of every file, for the terminal."""
    words: dict[How, str] = {
        "new": t("new"),
        "changed": t("changed"),
        "same": t("as it was"),
        "skipped": t("left out: not a postmortem by its name"),
        "refused": t("refused"),
    }
    for one in taken:
        head = f"{one.postmortem.name} {phrases.printable(one.postmortem.title, 200)}" if one.postmortem else ""
        page.line(f"{phrases.printable(one.name, 200)}: {words[one.how]}{'  ' + head if head else ''}")
        for doubt in one.doubts:
            page.line(phrases.printable(doubt, 500), style="yellow", indent=4)
    number = sum(one.postmortem is not None for one in taken)
    doubts = sum(bool(one.doubts) for one in taken)
    page.line(t("Files: {files}; postmortems: {n}; with something not understood: {doubts}.", files=len(taken),
                n=number, doubts=doubts), style="bold")  # fmt: skip
    return page.text()
