"""May this service be released? Asked of the ledger as it is: no worker has to run. Every answer is logged."""

from __future__ import annotations

import shutil
import sys
from dataclasses import dataclass
from typing import Final

import click

from kakeibo import clock
from kakeibo.alerts import gate_log
from kakeibo.alerts.gate import Answer, Counted, Verdict, answer
from kakeibo.alerts.gate_log import Entry
from kakeibo.app import policies
from kakeibo.app.names import mend_of
from kakeibo.app.slips import author_of, worded
from kakeibo.errors import UsageError
from kakeibo.i18n import t
from kakeibo.letters import gate as letter
from kakeibo.letters.policies import names_of
from kakeibo.model import Book
from kakeibo.policies import Kind, Standing
from kakeibo.store import Store

EXIT_CODES: Final[dict[Verdict, int]] = {"allow": 0, "warn": 1, "deny": 2}
"""What the command returns; when there is no answer, main.UNANSWERED."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What was typed. `override` needs `author` and `reason`; otherwise they may be left out."""

    service: str
    kind: Kind
    override: bool = False
    author: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Passed:
    """An answer as it was logged, with what it rests on."""

    entry: Entry
    answer: Answer
    standing: Standing | None
    counted: tuple[Counted, ...]


def ask(book: Book, store: Store, asked: Asked, at: int) -> Passed:
    """Answer as of minute `at`, and log it. Raises UsageError for an unknown service, and for an override by nobody."""
    if asked.service not in book.services:
        mend = mend_of(asked.service, book.services)
        raise UsageError(t("there is no service {name}", name=asked.service), mend)
    if asked.override and not (asked.author and asked.reason):
        raise UsageError(t("an override needs a name and a reason"), t("add --by NAME --reason TEXT"))
    standing, counted = policies.of_service(book, store, asked.service, at)
    names = names_of(book.journeys.values())
    found = answer(standing, counted, asked.kind)
    entry = Entry(
        service=asked.service,
        kind=asked.kind,
        at=at,
        decided=int(clock.now().timestamp()),
        ruled=found.verdict,
        verdict="allow" if asked.override else found.verdict,
        author=author_of(asked.author),
        reason=worded(asked.reason, "--reason") if asked.reason else "",
        facts={
            "override": asked.override,
            "age_minutes": max((one.age for one in counted if one.age is not None), default=None),
            "policy": standing.status if standing else None,
            "reasons": [
                {
                    "cause": reason.cause,
                    "slo": reason.slo or None,
                    "rule": reason.due.rule.key if reason.due else None,
                    "sentence": letter.reason(reason, standing, counted, names, asked.kind),
                }
                for reason in found.reasons
            ],
        },
    )
    return Passed(gate_log.enter(store, entry), found, standing, counted)


def show(passed: Passed, book: Book, *, as_json: bool) -> int:
    """Print an answer; the exit code of its verdict."""
    if as_json:
        sys.stdout.buffer.write(letter.to_json(passed.entry) + b"\n")
    else:
        width, colour = shutil.get_terminal_size((80, 24)).columns, sys.stdout.isatty()
        names, zone = names_of(book.journeys.values()), book.organisation.timezone
        said = letter.render(
            passed.entry, passed.answer, passed.standing, passed.counted, names, zone=zone, width=width, colour=colour
        )
        click.echo(said, nl=False)
    return EXIT_CODES[passed.entry.verdict]


def show_log(store: Store, book: Book, *, as_json: bool) -> int:
    """Print all answers ever given; the exit code."""
    entries = gate_log.entries(store)
    if as_json:
        sys.stdout.buffer.write(letter.log_to_json(entries) + b"\n")
        return 0
    width, colour = shutil.get_terminal_size((80, 24)).columns, sys.stdout.isatty()
    click.echo(letter.render_log(entries, book.organisation.timezone, width=width, colour=colour), nl=False)
    return 0
