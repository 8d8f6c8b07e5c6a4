"""kakeibo postmortem: what is done with one, from its first comment until its last action is done."""

from __future__ import annotations

from pathlib import Path

import click

from kakeibo.app.cli.common import book_option, lang_option, store_option
from kakeibo.app.cli.postmortem_desk import act_of, author_option, opened, tell_one


@click.command("edit")
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
    with opened(book, store) as (the_book, the_store):
        begun = records.text(the_store, number, began_with or records.LATEST)
        text = pages.read_file(file) if file else click.edit(begun.text, extension=".md")
        if text is None:
            return 0
        kept = None if file else Path(f"{name.upper()}.mine.md")
        if not pages.save(the_store, number, begun.number, text, act_of(author), note, kept):
            return 1
        tell_one(the_store, number, the_book)
    return 0


@click.command("comment")
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
    with opened(book, store) as (the_book, the_store):
        with the_store.writing() as connection:
            changes.comment(connection, number, Comment(kind, text, quote), act_of(author))
        tell_one(the_store, number, the_book)
    return 0


@click.command("answer")
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
    with opened(book, store) as (the_book, the_store):
        with the_store.writing() as connection:
            changes.comment(connection, number, Comment("answer", text, thread=comment), act_of(author))
        tell_one(the_store, number, the_book)
    return 0


@click.command("ready")
@click.argument("name")
@author_option
@book_option
@store_option
@lang_option
def ready(name: str, author: str | None, book: Path, store: str | None) -> int:
    """Say that the meeting can be: every question is answered, or it is refused."""
    from kakeibo.postmortems import changes, records

    number = records.number_of(name)
    with opened(book, store) as (the_book, the_store):
        with the_store.writing() as connection:
            changes.ready(connection, number, act_of(author))
        tell_one(the_store, number, the_book)
    return 0


@click.command("meet")
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
    with opened(book, store) as (the_book, the_store):
        with the_store.writing() as connection:
            changes.meet(connection, number, act_of(author), present or None)
        tell_one(the_store, number, the_book)
    return 0


@click.command("publish")
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
    with opened(book, store) as (the_book, the_store):
        postmortems.publish(the_book, the_store, number, reviewer, act_of(author or reviewer))
        tell_one(the_store, number, the_book)
    return 0


@click.command("done")
@click.argument("name")
@click.argument("action", type=click.IntRange(1))
@click.option("--on", metavar="DAY", help="2026-10-20; left out: today.")
@author_option
@book_option
@store_option
@lang_option
def done(name: str, action: int, on: str | None, author: str | None, book: Path, store: str | None) -> int:
    """ACTION is done: its number in the list of actions, the first is 1.

    Works for a published postmortem too; its text has a new version, its numbers stay."""
    from kakeibo.app import postmortems
    from kakeibo.postmortems import records

    number = records.number_of(name)
    with opened(book, store) as (the_book, the_store):
        postmortems.done(the_book, the_store, number, action, act_of(author), on or "")
        tell_one(the_store, number, the_book)
    return 0


@click.command("withdraw")
@click.argument("name")
@click.option("--reason", metavar="TEXT", required=True, help="Why nobody needs it, for those who read it later.")
@author_option
@book_option
@store_option
@lang_option
def withdraw(name: str, reason: str, author: str | None, book: Path, store: str | None) -> int:
    """Take back a draft that nobody needs: it is kept, and no longer counts as due."""
    from kakeibo.app.slips import worded
    from kakeibo.postmortems import changes, records

    number = records.number_of(name)
    with opened(book, store) as (the_book, the_store):
        with the_store.writing() as connection:
            changes.withdraw(connection, number, worded(reason, "--reason"), act_of(author))
        tell_one(the_store, number, the_book)
    return 0


VERBS = (edit, comment, answer, ready, meet, publish, done, withdraw)
"""In the order in which they are used."""
