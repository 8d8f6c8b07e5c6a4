"""kakeibo postmortem: what was learned from incidents, from the draft to the registry."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from kakeibo.app.cli.common import book_option, json_option, lang_option, open_book, opened_store, speak, store_option
from kakeibo.app.cli.help import Verbs

if TYPE_CHECKING:
    from kakeibo.letters.lines import Page
    from kakeibo.model import Book
    from kakeibo.postmortems.changes import Act
    from kakeibo.store import Store


@click.group("postmortem", cls=Verbs)
@lang_option
def command() -> None:
    """What was learned from incidents: drafts that fill themselves in, review, registry, causes that add up.

    A draft opens by itself when an incident burnt much of a budget: docs/postmortems.md.
    """


def author_option(command: click.decorators.FC) -> click.decorators.FC:
    return click.option(
        "--author", metavar="NAME", help="Who says so: a name or a role; left out: the user of this machine."
    )(command)


@command.command("draft")
@click.argument("incident", required=False, type=click.IntRange(1))
@click.option("--title", metavar="TEXT", help="Without an incident: what happened, in a few words.")
@author_option
@json_option
@book_option
@store_option
@lang_option
def draft(
    incident: int | None, title: str | None, author: str | None, as_json: bool, book: Path, store: str | None
) -> int:
    """Open a draft for INCIDENT, a number of `kakeibo incident list`; the one that it has, where it has one.

    What is known is filled in; what is not stands there as an open question.
    """
    from kakeibo.app import postmortems
    from kakeibo.app.slips import worded
    from kakeibo.i18n import t
    from kakeibo.letters import postmortem_json

    if (incident is None) == (title is None):
        raise click.UsageError(t("name an incident, or give a title: one of the two"))
    with _opened(book, store) as (the_book, the_store):
        act = _act(author)
        if incident is not None:
            new = postmortems.draft(the_book, the_store, incident, act.who, act.at)
        else:
            new = postmortems.blank(the_book, the_store, worded(title or "", "--title"), act.who, act.at)
        if as_json:
            sys.stdout.buffer.write(postmortem_json.encoded({"postmortem": postmortem_json.line(new)}) + b"\n")
        else:
            _tell(the_store, new.id, the_book)
    return 0


@command.command("import")
@click.argument("folder", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option("--drafts", is_flag=True, help="They are drafts that are to be reviewed here.")
@author_option
@json_option
@book_option
@store_option
@lang_option
def import_(folder: Path, drafts: bool, author: str | None, as_json: bool, book: Path, store: str | None) -> int:
    """Take the Markdown postmortems of FOLDER into the registry, and say what was not understood.

    Again whenever files have changed: each becomes a new version of its own.
    """
    from kakeibo.app import postmortem_import as importing
    from kakeibo.letters import postmortem_json

    with _opened(book, store) as (_, the_store):
        act = _act(author)
        taken = list(importing.import_folder(the_store, folder, act.who, act.at, as_drafts=drafts))
    if as_json:
        lines = [
            {"file": one.name, "how": one.how, "id": one.postmortem.name if one.postmortem else None,
             "doubts": list(one.doubts)}
            for one in taken
        ]  # fmt: skip
        sys.stdout.buffer.write(postmortem_json.encoded({"files": lines}) + b"\n")
    else:
        click.echo(importing.told(taken, _page()), nl=False)
    return int(any(one.how == "refused" for one in taken))


@command.command("list")
@click.option("--team", metavar="TEAM", help="Only those of a team.")
@click.option("--state", type=click.Choice(["draft", "ready", "published"]), help="Only those that have come so far.")
@json_option
@book_option
@store_option
@lang_option
def list_(team: str | None, state: str | None, as_json: bool, book: Path, store: str | None) -> int:
    """The postmortems, the newest first."""
    from kakeibo.letters import postmortem_json, postmortem_text
    from kakeibo.postmortems import records

    with _opened(book, store) as (_, the_store):
        found = [one for one in records.postmortems(the_store, team=team) if state in (None, one.state)]
    _print(postmortem_json.listed(found) if as_json else postmortem_text.listed(found, _page()))
    return 0


@command.command("show")
@click.argument("name")
@click.option("--markdown", is_flag=True, help="The text alone, as it can be kept in git.")
@click.option("--version", "version", type=click.IntRange(1), help="An earlier text of it.")
@click.option("--sheet", is_flag=True, help="A sheet for reading it together in an hour.")
@json_option
@book_option
@store_option
@lang_option
def show(
    name: str, markdown: bool, version: int | None, sheet: bool, as_json: bool, book: Path, store: str | None
) -> int:
    """One postmortem, such as PM-12, with its comments and what is to be done next."""
    from kakeibo.app import postmortem_pages as pages
    from kakeibo.postmortems import records

    number = records.number_of(name)
    with _opened(book, store) as (the_book, the_store):
        if sheet:
            _print(pages.sheet(the_book, the_store, number))
        elif as_json:
            _print(pages.as_json(the_store, number))
        elif markdown or version:
            _print(records.text(the_store, number, version or records.LATEST).text)
        else:
            _tell(the_store, number, the_book)
    return 0


@command.command("edit")
@click.argument("name")
@click.option(
    "--file",
    "file",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="The new text; left out: your editor opens.",
)
@click.option("--began-with", type=click.IntRange(1), help="With --file: the version that it was made of.")
@click.option("--note", metavar="TEXT", default="", help="Why, for those who read it later.")
@author_option
@book_option
@store_option
@lang_option
def edit(
    name: str, file: Path | None, began_with: int | None, note: str, author: str | None, book: Path, store: str | None
) -> int:
    """Change the text of a postmortem.

    Nothing is overwritten: when somebody else has saved meanwhile, what they changed is shown and your text kept."""
    from kakeibo.app import postmortem_pages as pages
    from kakeibo.postmortems import records

    number = records.number_of(name)
    with _opened(book, store) as (the_book, the_store):
        begun = records.text(the_store, number, began_with or records.LATEST)
        text = pages.read_file(file) if file else click.edit(begun.text, extension=".md")
        if text is None:
            return 0
        kept = None if file else Path(f"{name.upper()}.mine.md")
        if not pages.save(the_store, number, begun.number, text, _act(author), note, kept):
            return 1
        _tell(the_store, number, the_book)
    return 0


@command.command("comment")
@click.argument("name")
@click.option("--question", metavar="TEXT", help="Something that you do not understand.")
@click.option("--suggestion", metavar="TEXT", help="Something that the text should say.")
@click.option("--prevention", metavar="TEXT", help="Something that would keep it from happening again.")
@click.option("--quote", metavar="TEXT", default="", help="The words of the text that it is about.")
@author_option
@book_option
@store_option
@lang_option
def comment(
    name: str,
    question: str | None,
    suggestion: str | None,
    prevention: str | None,
    quote: str,
    author: str | None,
    book: Path,
    store: str | None,
) -> int:
    """Comment on a postmortem before its meeting: a question, a suggestion, or a prevention."""
    from kakeibo.i18n import t
    from kakeibo.postmortems import changes, records
    from kakeibo.postmortems.comments import KINDS, Comment

    said = [
        (kind, text) for kind, text in zip(KINDS, (question, suggestion, prevention), strict=True) if text is not None
    ]
    if len(said) != 1:
        raise click.UsageError(t("give one of --question, --suggestion and --prevention"))
    number, [(kind, text)] = records.number_of(name), said
    with _opened(book, store) as (the_book, the_store):
        with the_store.writing() as connection:
            changes.comment(connection, number, Comment(kind, text, quote), _act(author))
        _tell(the_store, number, the_book)
    return 0


@command.command("answer")
@click.argument("name")
@click.argument("comment", type=click.IntRange(1))
@click.argument("text")
@author_option
@book_option
@store_option
@lang_option
def answer(name: str, comment: int, text: str, author: str | None, book: Path, store: str | None) -> int:
    """Answer COMMENT, a number that `kakeibo postmortem show` tells."""
    from kakeibo.postmortems import changes, records
    from kakeibo.postmortems.comments import Comment

    number = records.number_of(name)
    with _opened(book, store) as (the_book, the_store):
        with the_store.writing() as connection:
            changes.comment(connection, number, Comment("answer", text, thread=comment), _act(author))
        _tell(the_store, number, the_book)
    return 0


@command.command("ready")
@click.argument("name")
@author_option
@book_option
@store_option
@lang_option
def ready(name: str, author: str | None, book: Path, store: str | None) -> int:
    """Say that the meeting can be: every question is answered, or it is refused."""
    from kakeibo.postmortems import changes, records

    number = records.number_of(name)
    with _opened(book, store) as (the_book, the_store):
        with the_store.writing() as connection:
            changes.ready(connection, number, _act(author))
        _tell(the_store, number, the_book)
    return 0


@command.command("meet")
@click.argument("name")
@click.option("--present", metavar="NAME", multiple=True, help="The meeting is over; who was there. May come again.")
@author_option
@book_option
@store_option
@lang_option
def meet(name: str, present: tuple[str, ...], author: str | None, book: Path, store: str | None) -> int:
    """The review meeting begins; with --present it ends, and how long it took is kept."""
    from kakeibo.postmortems import changes, records

    number = records.number_of(name)
    with _opened(book, store) as (the_book, the_store):
        with the_store.writing() as connection:
            changes.meet(connection, number, _act(author), present or None)
        _tell(the_store, number, the_book)
    return 0


@command.command("publish")
@click.argument("name")
@click.option("--reviewer", metavar="NAME", required=True, help="Who has reviewed it: somebody else than the author.")
@author_option
@book_option
@store_option
@lang_option
def publish(name: str, reviewer: str, author: str | None, book: Path, store: str | None) -> int:
    """Publish a postmortem: its numbers are measured once more, and stay from then on."""
    from kakeibo.app import postmortems
    from kakeibo.postmortems import records

    number = records.number_of(name)
    with _opened(book, store) as (the_book, the_store):
        postmortems.publish(the_book, the_store, number, reviewer, _act(author or reviewer))
        _tell(the_store, number, the_book)
    return 0


@command.command("search")
@click.argument("words", nargs=-1, required=True)
@json_option
@book_option
@store_option
@lang_option
def search(words: tuple[str, ...], as_json: bool, book: Path, store: str | None) -> int:
    """Postmortems in which all WORDS occur, in the text or in comments, however short a word is."""
    from kakeibo.letters import postmortem_json, postmortem_text
    from kakeibo.postmortems import searching

    with _opened(book, store) as (_, the_store):
        found = searching.search(the_store, " ".join(words))
    _print(postmortem_json.hits(found) if as_json else postmortem_text.hits(found, _page()))
    return 0


@command.command("digest")
@click.option("--month", metavar="MONTH", help="2026-10; left out: the month before this one.")
@click.option("--team", metavar="TEAM", help="Only what is about a team.")
@json_option
@book_option
@store_option
@lang_option
def digest(month: str | None, team: str | None, as_json: bool, book: Path, store: str | None) -> int:
    """A month in postmortems, as Markdown: new ones, what is worth reading, causes, actions, and the habit itself."""
    from kakeibo.app import postmortems
    from kakeibo.letters import postmortem_digest, postmortem_json

    with _opened(book, store) as (the_book, the_store):
        chosen = postmortems.month_of(the_book, month, _now())
        found = postmortems.digest_of(the_book, the_store, chosen, team)
        address = the_book.organisation.address or ""
    _print(postmortem_json.digest(found) if as_json else postmortem_digest.markdown(found, address))
    return 0


@command.command("causes")
@click.option(
    "--by", type=click.Choice(["count", "budget"]), default="count", show_default=True, help="The heaviest by what."
)
@click.option("--team", metavar="TEAM", help="Only those of a team.")
@json_option
@book_option
@store_option
@lang_option
def causes(by: str, team: str | None, as_json: bool, book: Path, store: str | None) -> int:
    """Which causes come again and again: triggers and root causes of all published postmortems."""
    from kakeibo.letters import postmortem_json, postmortem_text
    from kakeibo.postmortems import records
    from kakeibo.postmortems.pareto import pareto

    with _opened(book, store) as (_, the_store):
        found = records.postmortems(the_store, states=["published"], team=team)
    both = [pareto(found, axis, "budget" if by == "budget" else "count") for axis in ("trigger", "root_cause")]
    page = _page()
    for each in both:
        postmortem_text.pareto(each, page)
    _print(postmortem_json.causes(both) if as_json else page.text())
    return 0


@command.command("overdue")
@click.option("--team", metavar="TEAM", help="Only those of a team.")
@json_option
@book_option
@store_option
@lang_option
def overdue(team: str | None, as_json: bool, book: Path, store: str | None) -> int:
    """The actions of published postmortems that are not done though their day is over."""
    from kakeibo.app import postmortems
    from kakeibo.letters import postmortem_json, postmortem_text
    from kakeibo.postmortems import actions, records

    with _opened(book, store) as (the_book, the_store):
        found = records.postmortems(the_store, states=["published"], team=team)
        today = postmortems.today(the_book, _now())
    late = actions.overdue(actions.promised(found), today)
    _print(postmortem_json.overdue(late, today) if as_json else postmortem_text.overdue(late, today, _page()))
    return 0


@contextmanager
def _opened(book: Path, store: str | None) -> Iterator[tuple[Book, Store]]:
    the_book = open_book(book)
    speak(the_book)
    with opened_store(store, book) as the_store:
        yield the_book, the_store


def _act(author: str | None) -> Act:
    from kakeibo.app.slips import author_of
    from kakeibo.postmortems.changes import Act

    return Act(author_of(author), _now())


def _now() -> int:
    from kakeibo import clock

    return clock.second_of(clock.now())


def _page() -> Page:
    from kakeibo.letters.lines import Page

    return Page(shutil.get_terminal_size((80, 24)).columns, sys.stdout.isatty())


def _print(text: bytes | str) -> None:
    if isinstance(text, bytes):
        sys.stdout.buffer.write(text + b"\n")
    else:
        click.echo(text, nl=False)


def _tell(store: Store, number: int, book: Book) -> None:
    """One as it stands now: its text, comments, and what is to be done next."""
    from kakeibo.app import postmortem_pages

    click.echo(postmortem_pages.as_text(store, number, book.organisation.timezone, _page()), nl=False)
