"""The facts of a statement in plain words, laid out as the page of a household account book."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from kakeibo.budgets import arithmetic
from kakeibo.budgets.charges import Amount
from kakeibo.budgets.composites import not_additive
from kakeibo.budgets.statement import Account, Spending, Statement
from kakeibo.i18n import t
from kakeibo.letters import beside, device_time, figures, outlook, phrases, where_page
from kakeibo.letters.slips import kind_word
from kakeibo.model import Slo

_CONTRIBUTORS: Final = 2
"""So many of them are told; `kakeibo where` has the others."""


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
    now, before, slo = account.present, account.before, account.slo
    yield Item(t("Allowed failures"), _allowed(now, slo), _allowed(before, slo))
    yield Item(t("Spent"), _whole(now.spent, now, slo), _whole(before.spent, before, slo))
    for category in [] if not_additive(account.slo) else now.categories:
        spent, earlier = now.categories[category], before.categories[category]
        if spent or earlier:
            yield Item(kind_word(category), _whole(spent, now, slo), _whole(earlier, before, slo), 1)
        for slip, charged in now.charges:
            if slip.kind == category and charged:
                yield Item(phrases.printable(slip.name), _amount(charged, slo), depth=2)
    yield Item(t("Left"), _left(now, slo), _left(before, slo), strong=True)


def remarks(account: Account, statement: Statement) -> list[str]:
    """What there is to say beside the numbers."""
    zone = statement.timezone
    said = [
        _compared(account, statement),
        beside.made_of(account.slo),
        t("What spent it is told in the accounts of these.") if not_additive(account.slo) else "",
        t("Days that cost most: {days}.", days=_days(account, zone)) if account.costliest else "",
        *(where_page.sentence(part) for part in account.contributors[:_CONTRIBUTORS]),
        outlook.sentence(account.forecast, zone, overspent=account.present.left < 0),
        *(phrases.left_out(part, account.slo) for part in account.adjusted),
        phrases.doubt(account.source),
        _unmeasured(account),
    ]
    return [sentence for sentence in said if sentence]


def title(account: Account) -> str:
    """What was promised, in a few words."""
    return t("{title} ({aspect})", title=phrases.title(account.journey)[0], aspect=phrases.aspect(account.slo))


def reached(account: Account) -> str:
    """The share reached against the share promised, and of how many events."""
    count, target = account.present.count, account.slo.target
    if not count.valid:
        return phrases.listed([t("{target} promised", target=figures.exact_percent(target)), _nothing(account)])
    counted = _counted(account, count.valid)
    reached = figures.percent(arithmetic.sli(count) or Fraction(0), target, digits=2)
    return phrases.listed(
        [
            t("{sli} reached, {target} promised", sli=reached, target=figures.exact_percent(target)),
            counted,
        ]
    )


def _nothing(account: Account) -> str:
    nothing = t("no time of any device counted") if device_time.is_device_time(account.slo) else ""
    return nothing or t("not one event counted")


def _counted(account: Account, valid: int) -> str:
    if device_time.is_device_time(account.slo):
        return t("device time: {n}", n=device_time.hours(valid))
    n = figures.whole(valid)
    return t("events: {n}", n=n) if account.slo.unit == "events" else t("spans of time: {n}", n=n)


def _compared(account: Account, statement: Statement) -> str:
    """What changed since the month before."""
    now, before = account.present, account.before
    if not now.count.valid or not before.count.valid:
        return ""
    if not account.before_measured:
        return t("{month} was measured in part only and does not compare.", month=month_before(statement))
    changes = {
        category: Fraction(spent) - Fraction(before.categories[category]) for category, spent in now.categories.items()
    }
    if not_additive(account.slo):
        return ""  # its causes are told in the accounts of its parts
    most = max(changes, key=lambda category: abs(changes[category]))
    difference = Fraction(now.spent) - Fraction(before.spent)
    values = {"n": _amount(abs(difference), account.slo), "month": month_before(statement), "category": kind_word(most)}
    if statement.so_far and difference <= 0:
        return ""  # part of a month against a whole one
    if difference > 0:
        return t("{n} more spent than in {month}; most changed: {category}.", **values)
    if difference < 0:
        return t("{n} less spent than in {month}; most changed: {category}.", **values)
    return t("As much spent as in {month}.", month=values["month"])


def _days(account: Account, zone: str) -> str:
    return phrases.listed(
        [
            t("{day} ({bad})", day=figures.short_day(day, zone), bad=_amount(bad, account.slo))
            if device_time.is_device_time(account.slo)
            else t("{day} ({bad} failed)", day=figures.short_day(day, zone), bad=_amount(bad, account.slo))
            for day, bad in account.costliest
        ]
    )


def _unmeasured(account: Account) -> str:
    missing = account.present.to_minute - account.present.from_minute - account.measured_minutes
    return t("No data for {span}.", span=figures.span(missing)) if missing and account.present.count.valid else ""


def month_before(statement: Statement) -> str:
    """The name of the month before: "Sep 2026"."""
    return figures.short_month(statement.from_minute - 1, statement.timezone)


def _allowed(spending: Spending, slo: Slo) -> str:
    if spending.count.valid and device_time.is_device_time(slo):
        return device_time.hours(spending.allowed, spending.spent)
    return figures.allowance(spending.allowed, spending.spent) if spending.count.valid else "-"


def _left(spending: Spending, slo: Slo) -> str:
    if not spending.count.valid:
        return "-"
    if device_time.is_device_time(slo):
        return device_time.hours(spending.left)
    return figures.decimal(spending.left, 0, digits=0 if spending.allowed >= 100 else 1, rounding="down")


def _whole(number: Amount, spending: Spending, slo: Slo) -> str:
    return _amount(number, slo) if spending.count.valid else "-"


def _amount(number: Amount, slo: Slo) -> str:
    if device_time.is_device_time(slo):
        return device_time.hours(number)
    return figures.decimal(number, 0, digits=0 if number.denominator == 1 else 1)
