"""The statement for the terminal: numbers flush right, as in every account book."""

from __future__ import annotations

from typing import Final

from rich.cells import cell_len

from kakeibo.budgets.statement import Account, Statement
from kakeibo.letters import figures, phrases, statement_page
from kakeibo.letters.lines import Page
from kakeibo.letters.statement_page import Item
from kakeibo.letters.wrapping import wrap

_NUMBER: Final = 12
"""Cells of a column of numbers."""

_WIDE: Final = 60
"""Cells of a page that has room for the month before."""


def render(statement: Statement, *, width: int, colour: bool) -> str:
    """For the terminal, in lines of at most `width` cells (45 or more), in the language in use."""
    page = Page(width, colour)
    if statement.organisation:
        page.line(phrases.printable(statement.organisation), style="bold")
    page.line(statement_page.heading(statement), style="bold")
    for account in statement.accounts:
        page.line()
        _account(page, account, statement)
    return page.text()


def _account(page: Page, account: Account, statement: Statement) -> None:
    page.line(statement_page.title(account), style="bold")
    page.line(statement_page.reached(account), indent=2)
    if account.present.count.valid:
        month, before = (
            figures.short_month(statement.from_minute, statement.timezone),
            statement_page.month_before(statement),
        )
        _row(page, Item("", month, before), style="dim")
        for item in statement_page.items(account):
            _row(page, item, style="bold" if item.strong else "")
    for remark in statement_page.remarks(account, statement):
        page.pair("  - ", remark, indent=4)
    owner = phrases.looked_after(account.team, account.owner)
    page.line(phrases.listed([phrases.printable(account.slo.name), owner]), style="dim", indent=2)


def _row(page: Page, item: Item, style: str) -> None:
    """Numbers flush right, as in every account book; a label that is too long takes further lines."""
    indent = 2 + 2 * item.depth
    columns = (item.now, item.before) if page.width >= _WIDE else (item.now,)
    room = min(page.width, 80) - indent - _NUMBER * len(columns)
    first, *rest = wrap(item.label, room)
    numbers = "".join(" " * max(_NUMBER - cell_len(text), 1) + text for text in columns)
    page.exactly(" " * indent + first + " " * (room - cell_len(first)) + numbers, style)
    for more in rest:
        page.exactly(" " * indent + more, style)
