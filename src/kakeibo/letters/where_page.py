"""Where the failures went, in plain words: a heading, sentences, and a table for each column."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Final

from kakeibo.budgets.breakdown import Breakdown, Part
from kakeibo.i18n import t
from kakeibo.letters import figures, phrases
from kakeibo.letters.trial_tables import Section, Table

_SHOWN: Final = 8
"""Values of a column in its table; the others are in its last row."""
_LONGEST: Final = 60


def heading(found: Breakdown) -> tuple[str, list[str]]:
    """What was looked at, and what the failures have in common."""
    title = t("{title} ({aspect})", title=phrases.title(found.journey)[0], aspect=phrases.aspect(found.slo))
    zone = found.timezone
    when = t(
        "{start} to {end}: {valid} counted, {bad} failed.",
        start=figures.moment(found.from_minute, zone),
        end=figures.moment(found.to_minute, zone),
        valid=figures.whole(found.counted.valid),
        bad=figures.whole(found.counted.bad),
    )
    return title, [when, *findings(found)]


def in_short(found: Breakdown) -> str:
    """A heading that says what the sentences below it say."""
    if found.verdict == "found":
        return t("Where the failures went")
    return t("Do the failures have anything in common?")


def findings(found: Breakdown) -> list[str]:
    """A sentence for each of the first three contributors, or why there is none."""
    if found.verdict == "found":
        return [sentence(part) for part in found.contributors[:3]]
    if not found.parts:
        return [t("No event of this time was counted by the values of columns.")]
    if found.verdict == "few":
        return [t("Too few failures to say what they have in common.")]
    if found.verdict == "no_success":
        return [t("Everything failed: without a success there is nothing to compare the failures with.")]
    return [t("Nothing stands out: no value has much more of the failures than of the successes.")]


def sentence(part: Part) -> str:
    """What one value has of the failures and of the successes: for every letter that tells what went wrong."""
    return t(
        "Of {all} failures {bad} ({share}) have {column}; of the successes {other} have.",
        all=figures.whole(part.whole.bad),
        bad=figures.whole(part.count.bad),
        share=figures.percent(part.share_of_bad),
        column=f"{part.column} = {called(part)}",
        other=t("none") if not part.count.good else figures.percent(part.share_of_good or Fraction(0), digits=1),
    )


def called(part: Part) -> str:
    """A value as people read it."""
    if part.kind == "missing":
        return t("(not given)")
    if part.kind == "rest":
        return t("(all others)")
    text = phrases.printable(part.value)
    return (text if len(text) <= _LONGEST else text[:_LONGEST] + "...") or t("(empty)")


def sections(found: Breakdown) -> Iterator[Section]:
    """A table for each column, and how to read it."""
    header = [t("Value"), t("Failed"), t("Of failures"), t("Of successes"), t("Times as often"), t("Of the budget")]
    for column, parts in found.parts.items():
        rows = [_row(found, part) for part in _shown(parts)]
        notes = []
        if missing := found.missing(column):
            notes.append(t("{n} failures of this time were counted before this column was.", n=figures.whole(missing)))
        yield Section(column, column, [], Table(header, rows), notes)
    yield Section("reading", t("How to read this"), notes=list(_notes(found)))


def _shown(parts: tuple[Part, ...]) -> list[Part]:
    """The first values, and all others in one row."""
    ranked = [part for part in parts if part.kind != "rest"]
    if len(ranked) == len(parts) <= _SHOWN:
        return ranked
    shown = ranked[:_SHOWN]
    left = parts[0].whole
    for part in shown:
        left -= part.count
    return [*shown, Part(parts[0].column, "rest", "", left, parts[0].whole)] if left.valid or left.void else shown


def _row(found: Breakdown, part: Part) -> list[str]:
    budget = found.budget_share(part)
    return [
        called(part) + (" *" if part.stands_out else ""),
        figures.whole(part.count.bad),
        figures.percent(part.share_of_bad),
        "-" if part.share_of_good is None else figures.percent(part.share_of_good),
        "-" if part.lift is None else figures.times(part.lift),
        "-" if budget is None else figures.percent(budget),
    ]


def _notes(found: Breakdown) -> Iterator[str]:
    yield t("* stands out: at least twice the share of the failures that it has of the successes, and much of them.")
    yield t("Each column is looked at alone: which values come together is not kept.")
    yield t("Values are kept by the hour: the time is widened to whole hours.")
    if found.allowed is not None:
        yield t("Of the budget: of all failures allowed in {window}.", window=figures.window(found.slo.window))
    if found.adjusted:
        yield t(
            "{n} of the failures in the tables were left out by adjustments since.", n=figures.whole(found.adjusted)
        )
