"""The report as Markdown: a list, because a list survives every chat and wiki while a table does not."""

from __future__ import annotations

import re

from kakeibo.budgets.report import Report, Row
from kakeibo.i18n import t
from kakeibo.letters import beside, outlook, overview, phrases

_SPECIAL = re.compile(r"([\\`*_\[\]<>|~#@!&])")


def render(report: Report) -> str:
    """The report in Markdown, worst first, in the language in use."""
    name = phrases.printable(report.organisation)
    lines = [f"## {escape(name)}", ""] if name else []
    lines += [escape(overview.as_of(report)), "", f"**{escape(overview.headline(report))}**", ""]
    remainder = overview.remainder(report)
    lines += [escape(remainder), ""] if remainder else []
    for row in overview.worst_first(report):
        lines += _row(row, report.timezone)
    for title, notes in overview.chapters(report):
        lines += ["", f"### {title}", "", *(f"- {escape(note)}" for note in notes)]
    return "\n".join(lines).rstrip() + "\n"


def escape(text: str) -> str:
    """Text that Markdown shows as it is written: no emphasis, link, mention or HTML comes out of a title or a code."""
    return _SPECIAL.sub(r"\\\1", text)


def _row(row: Row, zone: str) -> list[str]:
    facts = [
        phrases.listed([phrases.reached(row), phrases.measured(row)]),
        phrases.account(row),
        *beside.facts(row, zone),
        phrases.mixed(row, zone),
        phrases.pace_line(row) if phrases.hurried(row) else "",
        outlook.sentence(row.forecast, zone, overspent=row.state == "exhausted")
        if row.forecast.outlook == "ends"
        else "",
        phrases.doubt(row.source),
        phrases.listed([phrases.printable(row.slo.name), phrases.owner(row)]),
    ]
    mark = phrases.state(row) if row.source.trustworthy else t("{state}, not to be trusted", state=phrases.state(row))
    head = f"- **{mark}** {escape(phrases.promise(row))}: **{phrases.left(row)}**"
    return [head, *(f"  - {escape(fact)}" for fact in facts if fact)]
