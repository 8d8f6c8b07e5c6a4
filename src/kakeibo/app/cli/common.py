"""What commands share: the options --book, --store and --lang, and opening what they name."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click

from kakeibo import i18n
from kakeibo.app.names import mend_of
from kakeibo.errors import UsageError
from kakeibo.i18n import marked, t

if TYPE_CHECKING:
    from kakeibo.model import Book, Journey, Slo
    from kakeibo.store import Store

F = TypeVar("F", bound=Callable[..., Any])

SUMMARIES: Final = {
    "ack": marked("say that you are looking into an alert"),
    "adjust": marked("leave events out, as in maintenance, with author and reason"),
    "advise": marked("mistakes that have cost you outages, found again"),
    "alerts": marked("what fires now, and what changed lately"),
    "audit-log": marked("who changed what, when, and by which door"),
    "audit": marked("which objective cannot be measured from the logs, and the mend"),
    "charge": marked("say what spent the allowed failures"),
    "chat": marked("set up Slack for commands and buttons"),
    "check": marked("validate the book: where, what is wrong, the mend"),
    "drill": marked("play an incident that is none, and measure how it goes"),
    "explain": marked("sample events of an objective, shown as good or bad, and why"),
    "export": marked("the objectives for other tools: OpenSLO, Prometheus, Grafana, Backstage"),
    "fleet": marked("devices in service: which are out, since when, why"),
    "gate": marked("may this service be released now?"),
    "import": marked("a book from the definitions of other tools: OpenSLO, Sloth, Pyrra, Backstage"),
    "incident": marked("what went wrong, since when, who looks after it, what was done"),
    "ingest": marked("count what is new in the logs"),
    "init": marked("look at a log and propose a book"),
    "journeys": marked("which journeys are critical: votes of several roles, and what was decided"),
    "notify": marked("send a test message by a channel"),
    "oncall": marked("who is on call, until when, who is next"),
    "page": marked("make somebody's telephone ring, and wait for the answer"),
    "policy": marked("what teams have agreed to do when budgets run out"),
    "postmortem": marked("what was learned from incidents: drafts, review, causes, digest"),
    "release": marked("what went live, and when"),
    "report": marked("the budgets as of now, or of any moment"),
    "schema": marked("the book's JSON Schema, for editors"),
    "serve": marked("pages for the browser, an API, metrics"),
    "silence": marked("do not tell of alerts for a while"),
    "simulate": marked("write logs of a made-up site, with known causes"),
    "stage": marked("how much the alerts of an objective may disturb"),
    "statement": marked("the household page of a month: allowed, spent on what, left"),
    "support": marked("what to tell a user: an outage, or probably their own side"),
    "token": marked("tokens with which programs use the API"),
    "try": marked("try other targets and the alerts on the recorded past"),
    "user": marked("local accounts, for when the sign-in provider is down"),
    "where": marked("what the failures of a time have in common"),
    "work": marked("count, decide and tell, round after round"),
}
BOOK_NAME: Final = "kakeibo.yaml"


def book_option(command: F) -> F:
    return click.option(
        "--book",
        type=click.Path(path_type=Path),
        default=BOOK_NAME,
        show_default=True,
        help="The book: a file or a folder.",
    )(command)


def store_option(command: F) -> F:
    return click.option(
        "--store",
        metavar="URL",
        envvar="KAKEIBO_STORE",
        help="Where counts are kept: sqlite:///FILE or postgresql://...; left out: kakeibo.db beside the book.",
    )(command)


def lang_option(command: F) -> F:
    """Read before anything else, in `main`; declared here so that every command takes it."""
    return click.option(
        "--lang", type=click.Choice(i18n.LANGUAGES), expose_value=False, help="The language of what is printed."
    )(command)


def json_option(command: F) -> F:
    return click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs.")(command)


def period_options(command: F) -> F:
    """--from and --to."""
    to = click.option(
        "--to", metavar="TIME", required=True, help="Its end, itself not included. Seconds count as a full minute."
    )
    from_ = click.option(
        "--from",
        "from_",
        metavar="TIME",
        required=True,
        help="The beginning: ISO 8601; without a zone, the organisation's. Seconds are dropped.",
    )
    return from_(to(command))


def word_options(command: F) -> F:
    """--reason and --author: who takes responsibility, in words that others will read."""
    author = click.option(
        "--author", metavar="NAME", help="Who says so: a name or a role; left out: the user of this machine."
    )
    return click.option("--reason", metavar="TEXT", required=True, help="Why, for those who read it later.")(
        author(command)
    )


def open_book(path: Path) -> Book:
    """The book, its source options checked too. Raises BookError with every error."""
    from kakeibo.app.check import read

    book, _ = read(path)
    return book


def default_store(book: Path) -> Path:
    """Where counts are kept unless the user says otherwise: beside the book."""
    return (book if book.is_dir() else book.parent) / "kakeibo.db"


@contextmanager
def opened_store(url: str | None, book: Path, patience: float | None = None) -> Iterator[Store]:
    """The store of a book, opened and closed. `patience`: seconds to wait for another process, if not the usual."""
    from kakeibo.store import open_store

    address = url or f"sqlite:///{default_store(book)}"
    store = open_store(address) if patience is None else open_store(address, patience)
    try:
        yield store
    finally:
        store.close()


def find_slo(book: Book, name: str) -> tuple[Journey, Slo]:
    """An SLO by "journey/sli", or a part of one by "journey/sli/part". Raises UsageError with the nearest name."""
    known = {slo.name: (journey, slo) for journey in book.journeys.values() for one in journey.slos for slo in one.tree}
    if name not in known:
        raise UsageError(t("there is no objective {name}", name=name), mend_of(name, known))
    return known[name]


def speak(book: Book) -> None:
    """Unless the user chose a language, speak the organisation's."""
    import os

    context = click.get_current_context(silent=True)
    chosen = context is not None and context.get_parameter_source("lang") is click.core.ParameterSource.COMMANDLINE
    if not chosen and not os.environ.get("KAKEIBO_LANG"):
        i18n.use(book.organisation.language)


def speak_of(path: Path) -> None:
    """Speak as the book says, or as this machine does while the book has errors: an account must be made even then."""
    from kakeibo.errors import KakeiboError

    with suppress(KakeiboError):
        speak(open_book(path))


def until_told() -> Callable[[], bool]:
    """True once the process has been asked to end; what is under way is finished first."""
    import signal

    asked: list[int] = []
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda which, _frame: asked.append(which))
    return lambda: bool(asked)
