"""Postmortems for the terminal: lists, one with its comments, causes, what is overdue."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from kakeibo.i18n import t
from kakeibo.letters import figures, phrases, postmortems
from kakeibo.letters.lines import Page
from kakeibo.postmortems.actions import Promised
from kakeibo.postmortems.comments import Thread
from kakeibo.postmortems.pareto import Pareto
from kakeibo.postmortems.records import Postmortem
from kakeibo.postmortems.searching import Hit

_NAME = 9
_WORDS = 2_000


def listed(found: Sequence[Postmortem], page: Page) -> str:
    """One in two lines each."""
    if not found:
        page.line(t("There are no postmortems."))
    for one in found:
        page.pair(one.name, postmortems.title(one), style="bold", indent=_NAME)
        page.line(postmortems.summary(one), indent=_NAME)
    return page.text()


def hits(found: Sequence[Hit], page: Page) -> str:
    """What a search found, with the place."""
    if not found:
        page.line(t("Nothing was found."))
    for hit in found:
        page.pair(hit.postmortem.name, postmortems.title(hit.postmortem), style="bold", indent=_NAME)
        page.line(postmortems.summary(hit.postmortem), indent=_NAME)
        if hit.excerpt:
            page.line(phrases.printable(hit.excerpt, 200), style="dim", indent=_NAME)
    return page.text()


def review(one: Postmortem, threads: Sequence[Thread], questions: int, reason: str, zone: str, page: Page) -> str:
    """What stands below the text of one: comments, and what is to be done next. `reason`: why it was withdrawn."""
    page.line()
    page.line(t("Comments"), style="bold")
    if not threads:
        page.line(t("Nobody has commented yet."))
    for thread in threads:
        first = thread.first
        page.pair(str(first.id), _said(f"{postmortems.kind(first.kind)}: {first.text}", first.author), indent=5)
        if first.quote:
            page.line(t("on: {quote}", quote=phrases.printable(first.quote, 200)), style="dim", indent=5)
        for answer in thread.answers:
            page.line("> " + _said(answer.text, answer.author), indent=5)
        if thread.is_open:
            page.line(t("not answered yet"), style="yellow", indent=5)
    page.line()
    page.line(postmortems.next_step(one, threads, questions, reason), style="bold")
    page.line(t("{name}, version {n}, {when}", name=one.name, n=one.version,
                when=figures.moment(one.opened_at // 60, zone)), style="dim")  # fmt: skip
    return page.text()


def pareto(found: Pareto, page: Page) -> None:
    """The causes of one axis, the heaviest first."""
    page.line(postmortems.axis(found.axis), style="bold")
    page.line(postmortems.basis(found))
    for bar in found.bars:
        covered = "" if bar.covered is None else t("so far {share}", share=figures.percent(bar.covered))
        numbers = phrases.listed([postmortems.budgets(bar.burnt), *filter(None, [covered])])
        page.pair(f"{bar.count:>4}", f"{bar.cause.name} ({numbers})", indent=6)
    page.line()


def overdue(found: Sequence[Promised], today: date, page: Page) -> str:
    """The actions that are late, the latest first."""
    if not found:
        page.line(t("No action is overdue."))
    for one in found:
        page.pair(one.postmortem.name, phrases.printable(one.action.what, 300), style="bold", indent=_NAME)
        page.line(postmortems.late(one, today), indent=_NAME)
    return page.text()


def _said(text: str, author: str) -> str:
    return f"{phrases.printable(' '.join(text.split()), _WORDS)} ({phrases.printable(author)})"
