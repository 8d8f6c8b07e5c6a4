"""kakeibo postmortem: what was learned from incidents, from the draft to the registry."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from kakeibo.app.cli import postmortem_review
from kakeibo.app.cli.common import book_option, json_option, lang_option, store_option
from kakeibo.app.cli.help import Verbs
from kakeibo.app.cli.postmortem_desk import act_of, author_option, now, opened, page, tell, tell_one


@click.group("postmortem", cls=Verbs)
@lang_option
def command() -> None:
    """What was learned from incidents: drafts that fill themselves in, review, registry, causes that add up.

    A draft opens by itself when an incident burnt much of a budget: docs/postmortems.md.
    """


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
    with opened(book, store) as (the_book, the_store):
        act = act_of(author)
        if incident is not None:
            new = postmortems.draft(the_book, the_store, incident, act.who, act.at)
        else:
            new = postmortems.blank(the_book, the_store, worded(title or "", "--title"), act.who, act.at)
        if as_json:
            sys.stdout.buffer.write(postmortem_json.encoded({"postmortem": postmortem_json.line(new)}) + b"\n")
        else:
            tell_one(the_store, new.id, the_book)
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

    with opened(book, store) as (_, the_store):
        act = act_of(author)
        taken = list(importing.import_folder(the_store, folder, act.who, act.at, as_drafts=drafts))
    if as_json:
        lines = [
            {"file": one.name, "how": one.how, "id": one.postmortem.name if one.postmortem else None,
             "doubts": list(one.doubts)}
            for one in taken
        ]  # fmt: skip
        sys.stdout.buffer.write(postmortem_json.encoded({"files": lines}) + b"\n")
    else:
        click.echo(importing.told(taken, page()), nl=False)
    return int(any(one.how == "refused" for one in taken))


@command.command("list")
@click.option("--team", metavar="TEAM", help="Only those of a team.")
@click.option(
    "--state", type=click.Choice(["draft", "ready", "published", "withdrawn"]), help="Only those that have come so far."
)
@json_option
@book_option
@store_option
@lang_option
def list_(team: str | None, state: str | None, as_json: bool, book: Path, store: str | None) -> int:
    """The postmortems, the newest first."""
    from kakeibo.letters import postmortem_json, postmortem_text
    from kakeibo.postmortems import records

    with opened(book, store) as (_, the_store):
        found = [one for one in records.postmortems(the_store, team=team) if state in (None, one.state)]
    tell(postmortem_json.listed(found) if as_json else postmortem_text.listed(found, page()))
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
    with opened(book, store) as (the_book, the_store):
        if sheet:
            tell(pages.sheet(the_book, the_store, number))
        elif as_json:
            tell(pages.as_json(the_store, number))
        elif markdown or version:
            tell(records.text(the_store, number, version or records.LATEST).text)
        else:
            tell_one(the_store, number, the_book)
    return 0


for verb in postmortem_review.VERBS:
    command.add_command(verb)


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

    with opened(book, store) as (_, the_store):
        found = searching.search(the_store, " ".join(words))
    tell(postmortem_json.hits(found) if as_json else postmortem_text.hits(found, page()))
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

    with opened(book, store) as (the_book, the_store):
        chosen = postmortems.month_of(the_book, month, now())
        found = postmortems.digest_of(the_book, the_store, chosen, team)
        address = the_book.organisation.address or ""
    tell(postmortem_json.digest(found) if as_json else postmortem_digest.markdown(found, address))
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

    with opened(book, store) as (_, the_store):
        found = records.postmortems(the_store, states=["published"], team=team)
    both = [pareto(found, axis, "budget" if by == "budget" else "count") for axis in ("trigger", "root_cause")]
    sheet = page()
    for each in both:
        postmortem_text.pareto(each, sheet)
    tell(postmortem_json.causes(both) if as_json else sheet.text())
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

    with opened(book, store) as (the_book, the_store):
        found = records.postmortems(the_store, states=["published"], team=team)
        today = postmortems.today(the_book, now())
    late = actions.overdue(actions.promised(found), today)
    tell(postmortem_json.overdue(late, today) if as_json else postmortem_text.overdue(late, today, page()))
    return 0
