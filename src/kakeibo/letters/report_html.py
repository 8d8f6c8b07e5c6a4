"""The report as one self-contained page: no script, nothing from outside, to be sent to somebody and printed."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from jinja2 import Environment, PackageLoader, StrictUndefined, Template
from markupsafe import Markup

from kakeibo.budgets.report import Report, Row
from kakeibo.i18n import language, t
from kakeibo.letters import beside, figures, glossary, outlook, overview, phrases, pictures
from kakeibo.model import State

SIGNS: dict[State, str] = {"healthy": "○", "at_risk": "△", "exhausted": "×", "filling": "…", "no_data": "–"}
"""The signs of a Japanese school report; a word always stands beside them."""


def render(report: Report) -> str:
    """The page, worst first, in the language in use."""
    template, css = _template()
    rows = overview.worst_first(report)
    return template.render(
        report=report,
        rows=rows,
        css=css,
        lang=language(),
        tally=[(state, sum(row.state == state for row in rows)) for state in overview.WORST_FIRST],
    )


def calendar(row: Row, zone: str) -> Iterator[tuple[str, str, str, str]]:
    """The pictures as a table: (day, events, failed, share) for every day, and one line for each gap."""
    lines: list[tuple[int, tuple[str, str, str, str]]] = []
    for day in pictures.days(row):
        share = t("no events") if day.share is None else figures.percent(day.share, row.slo.target, digits=2)
        label, failed = figures.day(day.start, zone), phrases.failed(row.slo, day.count.spent)
        lines.append((day.start, (label, phrases.valid(row.slo, day.count.valid), failed, share)))
    for start, end in pictures.gaps(row):
        first, last = figures.day(start, zone), figures.day(end - 1, zone)
        label = first if first == last else t("{first} to {last}", first=first, last=last)
        lines.append((start, (label, "-", "-", t("no data"))))
    return (line for _, line in sorted(lines))


def in_short(row: Row, zone: str) -> str:
    """The daily picture in words."""
    judged = [day for day in pictures.days(row) if day.share is not None]
    worst = min(judged, key=lambda day: day.share or 0)
    missed = sum(day.share is not None and day.share < row.slo.target for day in judged)
    share = figures.percent(worst.share or row.slo.target * 0, row.slo.target, digits=2)
    sentences = [
        t("Days measured: {days}, below the promise: {missed}.", days=len(judged), missed=missed),
        t("Lowest: {share} on {day}.", share=share, day=figures.day(worst.start, zone)),
    ]
    return phrases.joined(sentences)


@lru_cache
def _template() -> tuple[Template, Markup]:
    loader = PackageLoader("kakeibo.letters", "templates")
    environment = Environment(
        loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.globals.update(
        t=t,
        beside=beside,
        figures=figures,
        glossary=glossary,
        outlook=outlook,
        overview=overview,
        phrases=phrases,
        pictures=pictures,
        calendar=calendar,
        in_short=in_short,
        signs=SIGNS,
    )
    css, _, _ = loader.get_source(environment, "report.css")
    return environment.get_template("report.html.jinja"), Markup(css)
