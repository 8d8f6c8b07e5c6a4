"""One postmortem as it is shown and saved: for commands, pages and programs alike."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import click

from kakeibo.errors import KakeiboError, UsageError
from kakeibo.i18n import t
from kakeibo.letters import postmortem_digest, postmortem_json, postmortem_text
from kakeibo.letters.lines import Page
from kakeibo.model import Book
from kakeibo.postmortems import changes, comments, records, review
from kakeibo.postmortems.changes import Act
from kakeibo.postmortems.comments import Thread
from kakeibo.postmortems.digest import same_causes
from kakeibo.postmortems.form import Form
from kakeibo.postmortems.reading import read
from kakeibo.postmortems.records import Postmortem, Step, Version
from kakeibo.postmortems.review import Meeting
from kakeibo.store import Store


@dataclass(frozen=True, slots=True)
class Whole:
    """A postmortem with all that belongs to it, as of one moment of the store."""

    postmortem: Postmortem
    text: Version
    form: Form
    threads: tuple[Thread, ...]
    steps: tuple[Step, ...]
    meetings: tuple[Meeting, ...]

    @property
    def missing(self) -> list[str]:
        """What keeps it from its next step, in words; the reviewer is asked for when it is published."""
        if self.postmortem.state in ("published", "withdrawn"):
            return []
        if self.postmortem.state == "draft":
            lacks = review.before_ready(self.form, self.threads)
        else:
            lacks = review.before_publishing(self.postmortem, self.form, self.threads, "")
        return [review.words(one) for one in lacks if one.lack != "reviewer"]

    @property
    def reason(self) -> str:
        """Why it was withdrawn; "" for one that was not."""
        return next((step.detail for step in reversed(self.steps) if step.step == "withdrawn"), "")

    @property
    def absent(self) -> list[str]:
        """Those who had to be at a meeting and were at none; nobody is, as long as there was none."""
        return review.absent(self.postmortem.head.required, self.meetings) if self.meetings else []


def whole(store: Store, number: int) -> Whole:
    """Raises UsageError when there is none of that number."""
    with store.reading() as connection:
        one, text = records.postmortem(connection, number), records.text(connection, number)
        threads, steps = comments.threads(connection, number), records.steps(connection, number)
    return Whole(one, text, read(text.text), tuple(threads), tuple(steps), tuple(review.meetings(steps)))


def as_text(store: Store, number: int, zone: str, page: Page) -> str:
    """For the terminal: the text as it is, then comments and the next step."""
    one = whole(store, number)
    below = postmortem_text.review(one.postmortem, one.threads, len(one.form.open_questions), one.reason, zone, page)
    return f"{one.text.text.rstrip()}\n\n---\n{below}"


def as_json(store: Store, number: int) -> bytes:
    """`kakeibo postmortem show --json`."""
    one = whole(store, number)
    found = (one.postmortem, one.text, one.form, one.threads, one.steps, one.meetings)
    return postmortem_json.whole(*found, one.missing)


def sheet(book: Book, store: Store, number: int) -> str:
    """A sheet for reading it together."""
    one = records.postmortem(store, number)
    same = same_causes(one, records.published(store))
    return postmortem_digest.reading_sheet(one, same, book.organisation.address or "")


def save(store: Store, number: int, began_with: int, text: str, act: Act, note: str, kept: Path | None) -> bool:
    """Save a text, for the terminal. Whether it was saved: when somebody else was faster, what they changed is printed.
    A text that was not saved, whyever, is written to `kept`, beside what lies there already."""
    try:
        with store.writing() as connection:
            changes.revise(connection, number, began_with, text, act, note)
    except changes.Edited as conflict:
        click.echo(conflict.message, err=True)
        click.echo(conflict.diff, err=True)
        _keep(kept, text)
        click.echo(
            t("put both together, then: kakeibo postmortem edit PM-{id} --file FILE --began-with {version}",
              id=number, version=conflict.theirs.number), err=True,
        )  # fmt: skip
        return False
    except KakeiboError:
        _keep(kept, text)
        raise
    return True


def _keep(kept: Path | None, text: str) -> None:
    if kept is None:
        return
    place, number = kept, 2
    while place.exists():
        place, number = kept.with_stem(f"{kept.stem}-{number}"), number + 1
    place.write_text(text, encoding="utf-8")
    click.echo(t("your text was kept in {file}", file=place), err=True)


def read_file(path: Path) -> str:
    """The text of a file. Raises UsageError for one that is none."""
    try:
        return path.read_text(encoding="utf-8-sig")
    except (UnicodeDecodeError, OSError):
        raise UsageError(t("this cannot be read as text in UTF-8"), t("save it in UTF-8")) from None
