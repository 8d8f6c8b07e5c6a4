"""kakeibo incident: what went wrong, since when, who looks after it, what was done."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from kakeibo.app.cli.common import (
    F,
    book_option,
    json_option,
    lang_option,
    open_book,
    opened_store,
    speak,
    store_option,
)
from kakeibo.app.cli.help import Verbs

if TYPE_CHECKING:
    from kakeibo.app.incident_desk import Desk
    from kakeibo.incidents.nouns import Incident

NUMBER: Final = click.IntRange(min=1)
ROLES: Final = ("commander", "scribe", "communications")


def author_option(command: F) -> F:
    return click.option(
        "--author", metavar="NAME", help="Who says so: a name or a role; left out: the user of this machine."
    )(command)


def at_option(command: F) -> F:
    return click.option("--at", metavar="TIME", default="", help="When it happened, if not just now: ISO 8601.")(
        command
    )


def seen_option(command: F) -> F:
    return click.option(
        "--seen", type=NUMBER, help="The version that you looked at: refused when somebody has changed it since."
    )(command)


def place_options(command: F) -> F:
    """--json, --book, --store, --lang."""
    return json_option(book_option(store_option(lang_option(command))))


@contextmanager
def desk(book: Path, store: str | None, author: str | None = None) -> Iterator[Desk]:
    from kakeibo.app.incident_desk import Desk

    the_book = open_book(book)
    speak(the_book)
    with opened_store(store, book) as the_store:
        yield Desk(the_book, the_store, author)


def change(
    work: Callable[[Desk], Incident], as_json: bool, book: Path, store: str | None, author: str | None = None
) -> int:
    """Change an incident, then show it: the summary and the last lines."""
    with desk(book, store, author) as at:
        return show_one(at, work(at).id, as_json=as_json, entries=5)


def show_one(at: Desk, number: int, *, as_json: bool, entries: int | None, only_milestones: bool = False) -> int:
    from kakeibo.letters import incidents, incidents_json

    view = at.view(number, entries)
    if as_json:
        return tell_json(incidents_json.whole(view.incident, view.entries, view.alike))
    text = incidents.render(view, **terminal(), only_milestones=only_milestones)
    click.echo(text, nl=False)
    return 0


def tell_json(found: Any) -> int:
    from kakeibo.letters import incidents_json

    sys.stdout.buffer.write(incidents_json.encoded(found) + b"\n")
    return 0


def terminal() -> dict[str, Any]:
    return {"width": shutil.get_terminal_size((80, 24)).columns, "colour": sys.stdout.isatty()}


@click.group("incident", cls=Verbs)
@lang_option
def command() -> None:
    """What went wrong, since when, who looks after it, what was done: from the alert to "users are well again".

    The worker opens incidents by alerts and by questions to support. When they began and ended, the counts say.
    """


@command.command("open")
@click.argument("title")
@click.option(
    "--about", metavar="NAME", multiple=True, help="A journey, objective or service that it hits; repeatable."
)
@at_option
@click.option("--private", is_flag=True, help="Only for the teams that operate what it hits.")
@author_option
@place_options
def open_(
    title: str, about: tuple[str, ...], at: str, private: bool, author: str | None, as_json: bool, book: Path,
    store: str | None,
) -> int:  # fmt: skip
    """Open an incident called TITLE by hand; also one of the past, with --at."""
    from kakeibo.app.incident_desk import New

    return change(lambda one: one.open(New(title, about, at, private)), as_json, book, store, author)


@command.command("list")
@click.option("--all", "every", is_flag=True, help="Those that are over, too.")
@click.option("--team", metavar="TEAM", help="Only those of services of this team.")
@place_options
def list_(every: bool, team: str | None, as_json: bool, book: Path, store: str | None) -> int:
    """The incidents that are not over, the newest first."""
    from kakeibo.letters import incidents, incidents_json

    with desk(book, store) as at:
        found = at.listed(every=every, team=team)
        if as_json:
            return tell_json(incidents_json.listed(found))
        click.echo(incidents.listing(found, at.book.organisation.timezone, **terminal()), nl=False)
    return 0


@command.command("show")
@click.argument("number", type=NUMBER)
@click.option("--entries", type=click.IntRange(min=0), default=40, show_default=True, help="Lines of the timeline.")
@click.option("--milestones", is_flag=True, help="Of the timeline, only the milestones.")
@place_options
def show(number: int, entries: int, milestones: bool, as_json: bool, book: Path, store: str | None) -> int:
    """One incident: first what whoever joins now has to know, then the timeline."""
    with desk(book, store) as at:
        shown = None if milestones else entries
        return show_one(at, number, as_json=as_json, entries=shown, only_milestones=milestones)


@command.command("ack")
@click.argument("number", type=NUMBER)
@author_option
@place_options
def ack(number: int, author: str | None, as_json: bool, book: Path, store: str | None) -> int:
    """Say that you look after it."""
    return change(lambda at: at.acknowledge(number), as_json, book, store, author)


@command.command("update")
@click.argument("number", type=NUMBER)
@click.option("--text", metavar="TEXT", required=True, help="How it stands.")
@click.option(
    "--for", "register", type=click.Choice(["technical", "everyone"]), default="technical", show_default=True,
    help="For those who work on it, or in words for everyone.",
)  # fmt: skip
@author_option
@place_options
def update(
    number: int, text: str, register: Any, author: str | None, as_json: bool, book: Path, store: str | None
) -> int:
    """Say how it stands; the teams' channels for tickets are told."""
    return change(lambda at: at.update(number, text, register), as_json, book, store, author)


@command.command("role")
@click.argument("number", type=NUMBER)
@click.argument("role", type=click.Choice(ROLES))
@click.argument("person", default="")
@seen_option
@author_option
@place_options
def role(
    number: int, role: str, person: str, seen: int | None, author: str | None, as_json: bool, book: Path,
    store: str | None,
) -> int:  # fmt: skip
    """Give ROLE to PERSON: who leads, who writes it down, who tells others. Without PERSON, nobody has it any more."""
    return change(lambda at: at.assign(number, role, person, seen), as_json, book, store, author)


@command.command("task")
@click.argument("number", type=NUMBER)
@click.argument("text", default="")
@click.option("--owner", metavar="NAME", default="", help="Who does it.")
@click.option("--due", metavar="TIME", default="", help="By when; who has not done it by then is reminded.")
@click.option("--done", type=NUMBER, metavar="TASK", help="In place of TEXT: the task of this number is done.")
@author_option
@place_options
def task(
    number: int, text: str, owner: str, due: str, done: int | None, author: str | None, as_json: bool, book: Path,
    store: str | None,
) -> int:  # fmt: skip
    """Add something to be done, TEXT; or say that a task is done."""
    if done is not None:
        return change(lambda at: at.finish_task(number, done), as_json, book, store, author)
    return change(lambda at: at.add_task(number, text, owner, due), as_json, book, store, author)


@command.command("note")
@click.argument("number", type=NUMBER)
@click.argument("text")
@at_option
@click.option("--milestone", is_flag=True, help="Mark it as a milestone.")
@author_option
@place_options
def note(
    number: int, text: str, at: str, milestone: bool, author: str | None, as_json: bool, book: Path, store: str | None
) -> int:
    """Write TEXT into the timeline."""
    return change(lambda one: one.note(number, text, at, milestone=milestone), as_json, book, store, author)


@command.command("mark")
@click.argument("number", type=NUMBER)
@click.argument("entry", type=NUMBER)
@click.option("--off", is_flag=True, help="It is none any more.")
@author_option
@place_options
def mark(
    number: int, entry: int, off: bool, author: str | None, as_json: bool, book: Path, store: str | None
) -> int:  # fmt: skip
    """Mark the line ENTRY of the timeline as a milestone. The line itself is never changed."""
    return change(lambda at: at.mark(number, entry, milestone=not off), as_json, book, store, author)


@command.command("mitigate")
@click.argument("number", type=NUMBER)
@click.argument("text", default="")
@at_option
@author_option
@place_options
def mitigate(
    number: int, text: str, at: str, author: str | None, as_json: bool, book: Path, store: str | None
) -> int:  # fmt: skip
    """Users are no longer harmed, though the cause is still there. TEXT: by what."""
    return change(lambda one: one.mitigate(number, text, at), as_json, book, store, author)


@command.command("resolve")
@click.argument("number", type=NUMBER)
@click.argument("text", default="")
@at_option
@author_option
@place_options
def resolve(
    number: int, text: str, at: str, author: str | None, as_json: bool, book: Path, store: str | None
) -> int:  # fmt: skip
    """It is over. TEXT: what ended it."""
    return change(lambda one: one.resolve(number, text, at), as_json, book, store, author)


@command.command("reopen")
@click.argument("number", type=NUMBER)
@click.option("--reason", metavar="TEXT", required=True, help="Why, for those who read it later.")
@author_option
@place_options
def reopen(number: int, reason: str, author: str | None, as_json: bool, book: Path, store: str | None) -> int:
    """It was not over."""
    return change(lambda at: at.reopen(number, reason), as_json, book, store, author)


@command.command("merge")
@click.argument("number", type=NUMBER)
@click.argument("into", type=NUMBER)
@click.option("--reason", metavar="TEXT", default="", help="Why they are one.")
@author_option
@place_options
def merge(
    number: int, into: int, reason: str, author: str | None, as_json: bool, book: Path, store: str | None
) -> int:  # fmt: skip
    """Incident NUMBER is part of INTO, which goes on with the timelines of both."""
    return change(lambda at: at.merge(number, into, reason), as_json, book, store, author)


@command.command("edit")
@click.argument("number", type=NUMBER)
@click.option("--title", metavar="TEXT", help="What it is called from now on.")
@click.option("--shown-to", type=click.Choice(["teams", "everybody"]), help="Only for its teams, or for everybody.")
@click.option("--started", metavar="TIME", default="", help="When it began, as people say; beside what counts say.")
@click.option("--ended", metavar="TIME", default="", help="When it ended, as people say.")
@click.option("--reason", metavar="TEXT", default="", help="How you know, for --started and --ended.")
@seen_option
@author_option
@place_options
def edit(
    number: int, title: str | None, shown_to: str | None, started: str, ended: str, reason: str, seen: int | None,
    author: str | None, as_json: bool, book: Path, store: str | None,
) -> int:  # fmt: skip
    """Change its title, who sees it, or when it was, as people say."""
    with desk(book, store, author) as at:
        if title is not None:
            seen = at.rename(number, title, seen).version
        if shown_to is not None:
            seen = at.show_to(number, private=shown_to == "teams", seen=seen).version
        if started or ended:
            at.type_times(number, started, ended, reason, seen)
        return show_one(at, number, as_json=as_json, entries=5)


@command.command("measure")
@click.argument("number", type=NUMBER)
@place_options
def measure(number: int, as_json: bool, book: Path, store: str | None) -> int:
    """Ask the counts again when it began and ended, and what it cost. The worker does so by itself."""
    return change(lambda at: at.measure(number), as_json, book, store)


@command.command("stats")
@click.option("--team", metavar="TEAM", help="Only those of services of this team.")
@click.option("--since", metavar="TIME", help="Only those opened since then.")
@click.option("--change", metavar="DAY", help="Compare before and after: the day on which alerts on objectives began.")
@place_options
def stats(
    team: str | None, since: str | None, change: str | None, as_json: bool, book: Path, store: str | None
) -> int:  # fmt: skip
    """How long it took until incidents were detected, taken, over; and what they burnt."""
    from kakeibo.letters import incidents, incidents_json

    with desk(book, store) as at:
        groups = at.statistics(team, since, change)
    if as_json:
        return tell_json(incidents_json.statistics(groups, {"since": since, "change": change}))
    click.echo(incidents.statistics(groups, **terminal()), nl=False)
    return 0


@command.command("evidence")
@click.argument("number", type=NUMBER)
@click.option("--out", type=click.Path(path_type=Path), required=True, help="The archive to write: FILE.zip.")
@place_options
def evidence(number: int, out: Path, as_json: bool, book: Path, store: str | None) -> int:
    """Put what is known of an incident into one archive: events, counts, alerts, releases, from 30 minutes before its
    impact to 30 minutes after."""
    from kakeibo.app import incident_evidence
    from kakeibo.i18n import t

    with desk(book, store) as at:
        files = incident_evidence.write(at.book, at.store, number, out, at.now // 60)
    if as_json:
        return tell_json({"version": 1, "archive": str(out), "files": files})
    click.echo(t("written: {path}", path=out))
    for file in files:
        click.echo(f"  {file['name']} ({file['bytes']:,})")
    return 0


@command.command("access")
@click.argument("number", type=NUMBER)
@click.argument("name")
@click.option("--person", metavar="NAME", default="", help="For whom it is opened.")
@click.option("--for", "minutes", type=click.IntRange(min=1), default=30, show_default=True, help="Minutes.")
@click.option("--reason", metavar="TEXT", default="", help="Why it is needed.")
@click.option("--close", "closes", type=NUMBER, metavar="GRANT", help="Close what was opened under this number.")
@author_option
@place_options
def access(
    number: int, name: str, person: str, minutes: int, reason: str, closes: int | None, author: str | None,
    as_json: bool, book: Path, store: str | None,
) -> int:  # fmt: skip
    """Open the way in that the book calls NAME, for a while; the worker closes it by itself. It is off unless the book
    has access: NAME."""
    from kakeibo.app import incident_access

    with desk(book, store, author) as at:
        if closes is not None:
            incident_access.take_back(at.book, at.store, closes, author, at.now)
        else:
            incident_access.give(
                at.book, at.store, number, name, person=person, minutes=minutes, reason=reason, by=author, now=at.now
            )
        return show_one(at, number, as_json=as_json, entries=5)
