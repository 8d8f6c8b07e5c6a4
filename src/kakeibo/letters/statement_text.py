"""The statement for the terminal, laid out as the page of a household account book, and as Markdown."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from rich.cells import cell_len

from kakeibo.budgets.statement import Account, Spending, Statement
from kakeibo.i18n import t
from kakeibo.letters import figures, outlook, phrases
from kakeibo.letters.lines import Page
from kakeibo.letters.report_markdown import escape
from kakeibo.letters.slips import kind_word
from kakeibo.letters.wrapping import wrap

_NUMBER: Final = 12
"""Cells of a column of numbers."""

_WIDE: Final = 60
"""Cells of a page that has room for the month before."""


@dataclass(frozen=True, slots=True)
class Item:
    """A line of the page: what, how much this month, how much the month before ("" when that is not said)."""

    label: str
    now: str
    before: str = ""
    depth: int = 0
    strong: bool = False


def heading(statement: Statement) -> str:
    """Of which month the statement is, and until when."""
    month = figures.month(statement.from_minute, statement.timezone)
    if not statement.so_far:
        return t("Statement for {month}", month=month)
    return t(
        "Statement for {month}, so far: until {moment}",
        month=month,
        moment=figures.moment(statement.at, statement.timezone),
    )


def items(account: Account) -> Iterator[Item]:
    """The account, line by line; what spent nothing in either month is not listed."""
    now, before = account.present, account.before
    yield Item(t("Allowed failures"), _allowed(now), _allowed(before))
    yield Item(t("Spent"), _whole(now.spent, now), _whole(before.spent, before))
    for category in now.categories:
        spent, earlier = now.categories[category], before.categories[category]
        if spent or earlier:
            yield Item(kind_word(category), _whole(spent, now), _whole(earlier, before), 1)
        for slip, charged in now.charges:
            if slip.kind == category and charged:
                yield Item(phrases.printable(slip.name), figures.whole(charged), depth=2)
    yield Item(t("Left"), _left(now), _left(before), strong=True)


def remarks(account: Account, statement: Statement) -> list[str]:
    """What there is to say beside the numbers."""
    zone = statement.timezone
    said = [
        _compared(account, statement),
        t("Days that cost most: {days}.", days=_days(account, zone)) if account.costliest else "",
        outlook.sentence(account.forecast, zone),
        *(phrases.left_out(part) for part in account.adjusted),
        phrases.doubt(account.source),
        _unmeasured(account),
    ]
    return [sentence for sentence in said if sentence]


def render(statement: Statement, *, width: int, colour: bool) -> str:
    """For the terminal, in lines of at most `width` cells (45 or more), in the language in use."""
    page = Page(width, colour)
    if statement.organisation:
        page.line(phrases.printable(statement.organisation), style="bold")
    page.line(heading(statement), style="bold")
    for account in statement.accounts:
        page.line()
        _account(page, account, statement)
    return page.text()


def markdown(statement: Statement) -> str:
    """For chat or a wiki: lists, which survive everywhere."""
    name = phrases.printable(statement.organisation)
    lines = [f"## {escape(name)}", ""] if name else []
    lines += [f"**{escape(heading(statement))}**"]
    before = _month_before(statement)
    for account in statement.accounts:
        lines += ["", f"### {escape(_title(account))}", "", f"{escape(_reached(account))}", ""]
        if account.present.count.valid:
            for item in items(account):
                lines.append("  " * item.depth + "- " + _line(item, before))
        lines += [f"- {escape(remark)}" for remark in remarks(account, statement)]
    return "\n".join(lines) + "\n"


def _line(item: Item, before: str) -> str:
    text = escape(f"{item.label}: {item.now}")
    shown = f"**{text}**" if item.strong else text
    return f"{shown} ({escape(f'{before}: {item.before}')})" if item.before else shown


def _account(page: Page, account: Account, statement: Statement) -> None:
    page.line(_title(account), style="bold")
    page.line(_reached(account), indent=2)
    if account.present.count.valid:
        month, before = figures.short_month(statement.from_minute, statement.timezone), _month_before(statement)
        _row(page, Item("", month, before), style="dim")
        for item in items(account):
            _row(page, item, style="bold" if item.strong else "")
    for remark in remarks(account, statement):
        page.pair("  - ", remark, indent=4)
    owner = phrases.printable(account.team.name) if account.team else t("no owner")
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


def _title(account: Account) -> str:
    return t("{title} ({aspect})", title=phrases.title(account.journey)[0], aspect=phrases.aspect(account.slo))


def _reached(account: Account) -> str:
    count, target = account.present.count, account.slo.target
    if not count.valid:
        return phrases.listed(
            [t("{target} promised", target=figures.exact_percent(target)), t("not one event counted")]
        )
    reached = figures.percent(Fraction(count.good, count.valid), target, digits=2)
    return phrases.listed(
        [
            t("{sli} reached, {target} promised", sli=reached, target=figures.exact_percent(target)),
            t("events: {n}", n=figures.whole(count.valid)),
        ]
    )


def _compared(account: Account, statement: Statement) -> str:
    """What changed since the month before."""
    now, before = account.present, account.before
    if not now.count.valid or not before.count.valid:
        return ""
    if not account.before_measured:
        return t("{month} was measured in part only and does not compare.", month=_month_before(statement))
    changes = {category: now.categories[category] - before.categories[category] for category in now.categories}
    most = max(changes, key=lambda category: abs(changes[category]))
    difference = now.spent - before.spent
    values = {"n": figures.whole(abs(difference)), "month": _month_before(statement), "category": kind_word(most)}
    if difference > 0:
        return t("{n} more spent than in {month}; most changed: {category}.", **values)
    if difference < 0:
        return t("{n} less spent than in {month}; most changed: {category}.", **values)
    return t("As much spent as in {month}.", month=values["month"])


def _days(account: Account, zone: str) -> str:
    return phrases.listed(
        [
            t("{day} ({bad} failed)", day=figures.short_day(day, zone), bad=figures.whole(bad))
            for day, bad in account.costliest
        ]
    )


def _unmeasured(account: Account) -> str:
    missing = account.present.to_minute - account.present.from_minute - account.measured_minutes
    return t("No data for {span}.", span=figures.span(missing)) if missing and account.present.count.valid else ""


def _month_before(statement: Statement) -> str:
    return figures.short_month(statement.from_minute - 1, statement.timezone)


def _allowed(spending: Spending) -> str:
    return figures.allowance(spending.allowed, spending.spent) if spending.count.valid else "-"


def _left(spending: Spending) -> str:
    if not spending.count.valid:
        return "-"
    return figures.decimal(spending.left, 0, digits=0 if spending.allowed >= 100 else 1, rounding="down")


def _whole(number: int, spending: Spending) -> str:
    return figures.whole(number) if spending.count.valid else "-"
