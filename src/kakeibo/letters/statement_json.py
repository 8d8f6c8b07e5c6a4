"""The statement for programs: the contract of docs/contracts/statement.md and statement.schema.json."""

from __future__ import annotations

from decimal import Decimal

import msgspec

from kakeibo.budgets import arithmetic
from kakeibo.budgets.charges import Amount
from kakeibo.budgets.statement import Account, Spending, Statement
from kakeibo.clock import iso, local
from kakeibo.letters.report_json import (
    ContributorLine,
    ForecastLine,
    LeftOutLine,
    as_float,
    contributor_lines,
    exact_decimal,
    forecast_line,
    left_out_lines,
    spent_number,
)
from kakeibo.model import Slip

VERSION = 1


class ChargeLine(msgspec.Struct, frozen=True):
    """A charge and the bad events of this SLO and month that are charged to it."""

    id: int
    category: str
    name: str
    what: str
    from_: str = msgspec.field(name="from")
    to: str
    spent: int | float
    author: str
    reason: str


class SpendingLine(msgspec.Struct, frozen=True):
    """What was allowed and spent over [from, to)."""

    from_: str = msgspec.field(name="from")
    to: str
    valid: int
    good: int
    bad: int
    void: int
    unknown: int
    sli: float | None
    allowed: Decimal
    spent: int | float
    left: Decimal | float
    left_ratio: float | None
    categories: dict[str, int | float]
    charges: list[ChargeLine]


class DayLine(msgspec.Struct, frozen=True):
    """One local day with events."""

    day: str
    valid: int
    bad: int


class AccountLine(msgspec.Struct, frozen=True):
    """One SLO in the month and in the month before."""

    slo: str
    journey: str
    kind: str
    service: str | None
    team: str | None
    target: Decimal
    unit: str
    present: SpendingLine
    before: SpendingLine
    before_measured: bool
    coverage: float
    trustworthy: bool
    adjusted: list[LeftOutLine]
    days: list[DayLine]
    forecast: ForecastLine | None
    owner: str | None
    contributors: list[ContributorLine]


class StatementDocument(msgspec.Struct, frozen=True):
    """The whole contract."""

    version: int
    month: str
    timezone: str
    from_: str = msgspec.field(name="from")
    to: str
    at: str
    so_far: bool
    slos: list[AccountLine]


def to_json(statement: Statement) -> bytes:
    """The statement as one JSON document, in the order of the book. Counts, `target`, `allowed`, `left` are exact."""
    document = StatementDocument(
        version=VERSION,
        month=statement.month,
        timezone=statement.timezone,
        from_=iso(statement.from_minute),
        to=iso(statement.to_minute),
        at=iso(statement.at),
        so_far=statement.so_far,
        slos=[_account(account, statement.timezone) for account in statement.accounts],
    )
    return msgspec.json.Encoder(decimal_format="number").encode(document)


def _account(account: Account, zone: str) -> AccountLine:
    minutes = account.present.to_minute - account.present.from_minute
    return AccountLine(
        slo=account.slo.name,
        journey=account.journey.key,
        kind=account.journey.kind,
        service=account.journey.service,
        team=account.team.key if account.team else None,
        target=exact_decimal(account.slo.target),
        unit=account.slo.unit,
        present=_spending(account, account.present),
        before=_spending(account, account.before),
        before_measured=account.before_measured,
        coverage=account.measured_minutes / minutes,
        trustworthy=account.source.trustworthy,
        adjusted=left_out_lines(account.adjusted),
        days=[DayLine(local(day, zone).strftime("%Y-%m-%d"), count.valid, count.bad) for day, count in account.days],
        forecast=forecast_line(account.forecast) if account.forecast else None,
        owner=account.owner.key if account.owner else None,
        contributors=contributor_lines(account.contributors),
    )


def _spending(account: Account, spending: Spending) -> SpendingLine:
    count, target = spending.count, account.slo.target
    return SpendingLine(
        from_=iso(spending.from_minute),
        to=iso(spending.to_minute),
        valid=count.valid,
        good=count.good,
        bad=count.bad,
        void=count.void,
        unknown=count.unknown,
        sli=as_float(arithmetic.sli(count)),
        allowed=exact_decimal(spending.allowed),
        spent=spent_number(spending.spent),
        left=exact_decimal(spending.left) if isinstance(spending.spent, int) else float(spending.left),
        left_ratio=as_float(arithmetic.left_ratio(count, target)),
        categories={category: spent_number(spent) for category, spent in spending.categories.items()},
        charges=[_charge(slip, charged) for slip, charged in spending.charges],
    )


def _charge(slip: Slip, spent: Amount) -> ChargeLine:
    return ChargeLine(
        id=slip.id or 0,
        category=slip.kind,
        name=slip.name,
        what=slip.what,
        from_=iso(slip.from_minute),
        to=iso(slip.to_minute),
        spent=spent_number(spent),
        author=slip.author,
        reason=slip.reason,
    )
