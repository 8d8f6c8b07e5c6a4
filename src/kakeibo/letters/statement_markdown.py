"""The statement as Markdown: lists, which survive every chat and wiki."""

from __future__ import annotations

from kakeibo.budgets.statement import Statement
from kakeibo.letters import phrases, statement_page
from kakeibo.letters.report_markdown import escape
from kakeibo.letters.statement_page import Item


def render(statement: Statement) -> str:
    """The statement in Markdown, in the language in use."""
    name = phrases.printable(statement.organisation)
    lines = [f"## {escape(name)}", ""] if name else []
    lines += [f"**{escape(statement_page.heading(statement))}**"]
    before = statement_page.month_before(statement)
    for account in statement.accounts:
        lines += [
            "",
            f"### {escape(statement_page.title(account))}",
            "",
            f"{escape(statement_page.reached(account))}",
            "",
        ]
        if account.present.count.valid:
            for item in statement_page.items(account):
                lines.append("  " * item.depth + "- " + _line(item, before))
        lines += [f"- {escape(remark)}" for remark in statement_page.remarks(account, statement)]
    return "\n".join(lines) + "\n"


def _line(item: Item, before: str) -> str:
    text = escape(f"{item.label}: {item.now}")
    shown = f"**{text}**" if item.strong else text
    return f"{shown} ({escape(f'{before}: {item.before}')})" if item.before else shown
