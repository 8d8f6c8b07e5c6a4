"""What an objective is put together from, with numbers: how, of which parts, and what that comes to."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import msgspec

from kakeibo.budgets import arithmetic
from kakeibo.clock import iso
from kakeibo.i18n import t
from kakeibo.letters import figures, phrases
from kakeibo.letters.lines import Page
from kakeibo.letters.report_json import as_float, spent_number
from kakeibo.model import Composite, Count, Journey, Slo

VERSION = 1


@dataclass(frozen=True, slots=True)
class Composition:
    """An SLO and its parts with their weights, each with what it counted in [from_minute, to_minute)."""

    journey: Journey
    slo: Slo
    measure: Composite
    from_minute: int
    to_minute: int
    timezone: str
    count: Count
    parts: tuple[tuple[str, Fraction, Count], ...]


def render(found: Composition, *, width: int, colour: bool) -> str:
    """For the terminal."""
    page = Page(width, colour)
    slo = found.slo
    page.line(t("{title} ({aspect})", title=phrases.title(found.journey)[0], aspect=phrases.aspect(slo)), style="bold")
    page.line(method(found.measure))
    page.line(
        t(
            "From {start} to {end}:",
            start=figures.moment(found.from_minute, found.timezone),
            end=figures.moment(found.to_minute, found.timezone),
        )
    )
    for name, weight, count in found.parts:
        label = phrases.printable(name)
        if found.measure.how == "weighted":
            label = t("{name}, weight {weight}", name=label, weight=figures.decimal(weight, 0, digits=0))
        page.pair("- ", t("{name}: {share}", name=label, share=_share(count, slo.target)), indent=2)
    page.line(t("Together: {share}", share=_share(found.count, slo.target)), style="bold")
    if found.count.valid:
        page.line(
            t(
                "Spent: {spent} of {allowed} allowed failures, (100% - {sli}) of all {valid} events.",
                spent=figures.amount(found.count.spent, arithmetic.allowed(found.count, slo.target)),
                allowed=figures.allowance(arithmetic.allowed(found.count, slo.target), found.count.spent),
                sli=figures.percent(arithmetic.sli(found.count) or Fraction(0), slo.target, digits=2),
                valid=figures.whole(found.count.valid),
            )
        )
    elif any(count.valid for _, _, count in found.parts):
        page.line(t("While one of its parts has no events, nothing can be said of the whole."))
    return page.text()


def method(measure: Composite) -> str:
    """How it is put together, in a sentence."""
    return {
        "sum": t("The events of its parts added up."),
        "worst": t("As good as the worst of its parts."),
        "weighted": t("The mean of its parts, each with its weight."),
        "product": t("The product of its parts: good only when all of them are."),
    }[measure.how]


def _share(count: Count, target: Fraction) -> str:
    share = arithmetic.sli(count)
    if share is None:
        return t("nothing measured")
    return t(
        "{share} of {valid} events went well",
        share=figures.percent(share, target, digits=2),
        valid=figures.whole(count.valid),
    )


def to_json(found: Composition) -> bytes:
    """The same for programs; shares are null where nothing was measured."""
    document = {
        "version": VERSION,
        "slo": found.slo.name,
        "how": found.measure.how,
        "from": iso(found.from_minute),
        "to": iso(found.to_minute),
        "sli": as_float(arithmetic.sli(found.count)),
        "valid": found.count.valid,
        "spent": spent_number(found.count.spent),
        "parts": [
            {
                "slo": name,
                "weight": spent_number(weight if weight.denominator > 1 else int(weight)),
                "sli": as_float(arithmetic.sli(count)),
                "valid": count.valid,
                "bad": count.bad,
            }
            for name, weight, count in found.parts
        ],
    }
    return msgspec.json.encode(document)
