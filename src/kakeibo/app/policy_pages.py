"""Policies as their readers ask for them; and what `kakeibo check` has to say about them."""

from __future__ import annotations

import difflib
import shutil
import sys
from collections.abc import Iterator
from importlib import resources

import click

from kakeibo import clock
from kakeibo.app import policies
from kakeibo.definitions.marks import Marks
from kakeibo.errors import Problem, UsageError
from kakeibo.i18n import language, t
from kakeibo.letters import figures, policies_json
from kakeibo.letters import policies as letter
from kakeibo.model import Book
from kakeibo.store import Store


def show(book: Book, store: Store, team: str | None, at: int, *, as_json: bool) -> int:
    """Print the policy of a team, or all; the exit code. Raises UsageError for a team without one."""
    if team is not None and team not in book.policies:
        raise UsageError(t("{team} has no policy", team=team), _mend(book, team))
    wanted = [policy for key, policy in book.policies.items() if team in (None, key)]
    found = [policies.standing(book, store, policy, at) for policy in wanted]
    names = letter.names_of(book.journeys.values())
    if as_json:
        sys.stdout.buffer.write(policies_json.to_json(found, at, names) + b"\n")
        return 0
    if not found:
        click.echo(t("No team has a policy yet: kakeibo policy --template shows one to begin with."))
    width, colour = shutil.get_terminal_size((80, 24)).columns, sys.stdout.isatty()
    moment = figures.moment(at, book.organisation.timezone)
    pages = [letter.page(one, names, moment=moment, width=width, colour=colour) for one in found]
    click.echo("\n".join(pages), nl=False)
    return 0


def show_template(book: Book, team: str | None) -> int:
    """Print a policy to begin with, for a team, or for the book's first one that has none."""
    if team is not None and team not in book.teams:
        raise UsageError(t("there is no team '{name}'", name=team), _near(team, list(book.teams)))
    free = [key for key in book.teams if key not in book.policies]
    key = team or next(iter(free or book.teams), "team")
    text = resources.files("kakeibo.letters").joinpath("templates", f"policy.{language()}.yaml")
    click.echo(text.read_text(encoding="utf-8").replace("TEAM", key), nl=False)
    return 0


def problems_of(book: Book, marks: Marks) -> Iterator[Problem]:
    """Warnings about policies that are not in order today."""
    today = policies.today(book, clock.minute_of(clock.now()))
    for team, policy in book.policies.items():
        place = ("policies", team)
        status = policy.status(today)
        if status == "unsigned":
            message = t("the policy of {team} is not signed: it stops nobody", team=team)
            yield Problem(*marks.locate(place, key=True), message, t("add approvers: and approved:"), "warning")
        elif status == "not_yet" and policy.approved:
            message = t("the policy of {team} holds only from {day} on", team=team, day=policy.approved)
            yield Problem(*marks.locate((*place, "approved")), message, "", "note")
        elif status == "overdue" and policy.revisit:
            message = t("the policy of {team} is past its revisit date, {day}", team=team, day=policy.revisit)
            mend = t("talk about it again, then set approved: and revisit: anew")
            yield Problem(*marks.locate((*place, "revisit")), message, mend, "warning")
        if policy.revisit is None:
            message = t("the policy of {team} names no day to talk about it again", team=team)
            yield Problem(*marks.locate(place, key=True), message, t("add revisit: with a day"), "warning")


def _mend(book: Book, team: str) -> str:
    if team in book.teams:
        return t("kakeibo policy --template shows one to begin with")
    return _near(team, list(book.teams))


def _near(word: str, known: list[str]) -> str:
    near = difflib.get_close_matches(word, known, 1)
    return t("did you mean {near}?", near=near[0]) if near else t("known are: {names}", names=", ".join(known))
