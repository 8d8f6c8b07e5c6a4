"""A trial as Markdown."""

from __future__ import annotations

from kakeibo.alerts.trial import Trial
from kakeibo.letters import trial_page
from kakeibo.letters.report_markdown import escape
from kakeibo.letters.trial_tables import Table


def render(trial: Trial) -> str:
    """The trial in Markdown, in the language in use."""
    heading = trial_page.heading(trial)
    lines = [f"## {escape(heading.organisation)}", ""] if heading.organisation else []
    lines += [f"**{escape(heading.title)}**", "", *(escape(sentence) for sentence in heading.sentences)]
    for section in trial_page.sections(trial):
        lines += ["", f"### {escape(section.title)}", ""]
        lines += [escape(sentence) for sentence in section.sentences]
        if section.table is not None:
            lines += ["", *_table(section.table)] if section.sentences else _table(section.table)
        if section.notes:
            lines += [""] if section.sentences or section.table else []
            lines += [f"- {escape(note)}" for note in section.notes]
    return "\n".join(lines) + "\n"


def _table(table: Table) -> list[str]:
    rows = [[escape(cell).replace("|", "\\|") for cell in row] for row in (table.header, *table.rows)]
    rule = ["---", *["---:"] * (len(table.header) - 1)]
    return ["| " + " | ".join(cells) + " |" for cells in (rows[0], rule, *rows[1:])]
