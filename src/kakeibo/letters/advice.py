"""What the advisor found, for people: in the terminal and as Markdown. Few things, each with what it has cost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from kakeibo.errors import Problem
from kakeibo.i18n import t
from kakeibo.letters import figures, phrases
from kakeibo.letters.lines import Page
from kakeibo.letters.report_markdown import escape
from kakeibo.model import Book
from kakeibo.practice.advice import Advice, Finding, Review, Standing
from kakeibo.practice.lessons import Lesson

SHOWN: Final = 5
"""Places of one check, postmortems and objectives that are named; of more it is said how many."""


def headline(review: Review) -> str:
    """How much there is to do."""
    places = sum(len(one.told) for one in review.with_findings)
    if not review.lessons:
        return t("No postmortem has been published yet, so there is nothing to advise from.")
    if not places:
        return t("Nothing of what has cost you outages was found.")
    if places == 1:
        return t("One thing was found that has cost you outages.")
    return t("{n} places were found with what has cost you outages.", n=places)


def cost(advice: Advice, names: Mapping[str, str]) -> str:
    """What the postmortems of a check have cost within the last year."""
    if advice.standing == "uncited":
        return t("None of your postmortems speaks of this.")
    if advice.standing == "retired":
        return t("The causes of this have burnt no budget for a year.")
    if not any(advice.burnt.values()):
        return t("What they burnt of the budgets is not known.")
    shares = [
        t("{share} of the budget of {name}", share=figures.percent(share), name=names.get(slo, phrases.printable(slo)))
        for slo, share in advice.burnt.items()
        if share
    ]
    return t("Within a year they burnt {shares}.", shares=phrases.listed(shortened(shares)))


def saving(advice: Advice) -> str:
    """What would have been saved at the most; empty where nobody knows."""
    if advice.standing != "cited" or not advice.saved:
        return ""
    share = figures.percent(advice.saved)
    return t("Without them, up to {share} of all budget that incidents burnt would have been saved.", share=share)


def cited(lessons: Sequence[Lesson]) -> str:
    """The postmortems that a check comes from."""
    named = [
        t("{name} ({day}, {title})", name=one.name, day=f"{one.day:%Y-%m-%d}", title=phrases.printable(one.title))
        for one in lessons
    ]
    return t("This comes from {postmortems}.", postmortems=phrases.listed(shortened(named))) if named else ""


def resting(review: Review) -> str:
    """How many checks kept quiet, and why."""
    numbers: dict[Standing, int] = {}
    for standing in review.resting.values():
        numbers[standing] = numbers.get(standing, 0) + 1
    said = []
    if numbers.get("uncited"):
        said.append(t("{n} checks kept quiet: none of your postmortems speaks of them.", n=numbers["uncited"]))
    if numbers.get("retired"):
        said.append(t("{n} checks have retired: their causes have burnt nothing for a year.", n=numbers["retired"]))
    if said:
        said.append(t("kakeibo advise --all shows them."))
    return phrases.joined(said)


def seen(review: Review) -> str:
    """What was looked at."""
    files = t("1 file") if review.files == 1 else t("{n} files", n=review.files)
    return t("Looked at: the book, what was counted, and {files}.", files=files)


def ignored(finding: Finding) -> str:
    """Why a finding is not told."""
    if finding.ignored is None:
        return ""
    return t("ignored until {day}: {reason}", day=f"{finding.ignored.until:%Y-%m-%d}",
             reason=phrases.printable(finding.ignored.reason, limit=200))  # fmt: skip


def place(problem: Problem) -> str:
    """Where it is."""
    return f"{problem.file}:{problem.line}" if problem.line else problem.file


def shortened(parts: list[str]) -> list[str]:
    """The first few, and how many more there are."""
    more = len(parts) - SHOWN
    return parts if more <= 0 else [*parts[:SHOWN], t("and {n} more", n=more)]


def names_of(book: Book) -> dict[str, str]:
    """SLO's name -> what people call it."""
    return {
        slo.name: t("{title} ({aspect})", title=phrases.title(journey)[0], aspect=phrases.aspect(slo))
        for journey in book.journeys.values()
        for slo in journey.slos
    }


def sections(review: Review, *, everything: bool) -> list[Advice]:
    """What is shown: checks with findings; with `everything` also findings that are ignored."""
    return [one for one in review.advice if one.told or (everything and one.findings)]


def render(review: Review, book: Book, *, everything: bool, width: int, colour: bool) -> str:
    """For the terminal."""
    page, names = Page(width, colour), names_of(book)
    page.line(headline(review), style="bold")
    for advice in sections(review, everything=everything):
        page.line()
        page.line(f"{advice.check.summary} ({advice.check.KIND})", style="bold yellow")
        for finding in advice.findings if everything else advice.told[:SHOWN]:
            page.line(f"{place(finding.problem)}: {finding.problem.message}", indent=2)
            page.pair(
                "    -> ", ignored(finding) or finding.problem.mend, style="dim" if finding.ignored else "", indent=7
            )
        if not everything and len(advice.told) > SHOWN:
            page.line(t("and {n} more", n=len(advice.told) - SHOWN), indent=2)
        for sentence in filter(None, (cited(advice.cited), cost(advice, names), saving(advice))):
            page.line(sentence, style="cyan", indent=2)
    page.line()
    for note in notes(review):
        page.line(note, style="dim")
    return page.text()


def notes(review: Review) -> list[str]:
    """What else is to be known: what was looked at, what could not be, what kept quiet."""
    quiet = sum(finding.ignored is not None for one in review.advice for finding in one.findings)
    said = [seen(review), resting(review)]
    if quiet:
        said.append(t("{n} findings are ignored, each with an end and a reason.", n=quiet))
    said += [t("Not read: {problem}", problem=problem) for problem in review.unread[:SHOWN]]
    return [note for note in said if note]


def markdown(review: Review, book: Book, zone: str) -> str:
    """The same for a wiki, a ticket or a chat."""
    names = names_of(book)
    lines = [f"## {t('Advice')}", "", escape(t("As of {moment}.", moment=figures.moment(review.at, zone))), ""]
    lines += [f"**{escape(headline(review))}**", ""]
    for advice in review.with_findings:
        lines += [f"### {escape(advice.check.summary)}", ""]
        for finding in advice.told[:SHOWN]:
            problem = finding.problem
            lines += [f"- {escape(place(problem))}: {escape(problem.message)}", f"  - {escape(problem.mend)}"]
        if len(advice.told) > SHOWN:
            lines.append(f"- {escape(t('and {n} more', n=len(advice.told) - SHOWN))}")
        told = phrases.joined([one for one in (cited(advice.cited), cost(advice, names), saving(advice)) if one])
        lines += ["", escape(told), ""]
    lines += [f"- {escape(note)}" for note in notes(review)]
    return "\n".join(lines).rstrip() + "\n"
