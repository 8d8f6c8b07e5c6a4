"""What the advisor says each month, for any channel: at most three things."""

from __future__ import annotations

from typing import Final

from kakeibo.i18n import language, t
from kakeibo.letters import advice as letter
from kakeibo.letters import advice_json, figures, phrases
from kakeibo.model import Book
from kakeibo.notifiers.kinds import Message
from kakeibo.practice.advice import Advice, Review

THINGS: Final = 3


def monthly(found: Review, book: Book, key: str) -> Message:
    """The checks that burnt most, each with one place; all of them are on the page."""
    names, shown = letter.names_of(book), found.with_findings[:THINGS]
    more = len(found.with_findings) - len(shown)
    sentences = [letter.headline(found)]
    if more > 0:
        sentences.append(t("Here are the {n} that cost you most.", n=THINGS))
    page = f"{book.organisation.address}/advice" if book.organisation.address else ""
    return Message(
        id=key,
        group=key,
        kind="notice",
        severity=None,
        subject=t("Advice of {month}", month=figures.month(found.at, book.organisation.timezone)),
        summary=phrases.joined(sentences),
        at=60 * found.at,
        language=language(),
        facts=tuple((one.check.summary, _fact(one, names)) for one in shown),
        links=((t("All advice"), page),) if page else (),
        data={"version": advice_json.VERSION, "advice": [advice_json.advice_line(one) for one in shown]},
        brief=letter.headline(found),
    )


def _fact(advice: Advice, names: dict[str, str]) -> str:
    """One place, the mend, and what it has cost."""
    problem = advice.told[0].problem
    said = [f"{letter.place(problem)}: {problem.message}. {problem.mend}."]
    if len(advice.told) > 1:
        said.append(t("There are {n} places more like it.", n=len(advice.told) - 1))
    said += [letter.cited(advice.cited), letter.cost(advice, names)]
    return phrases.joined([sentence for sentence in said if sentence])
