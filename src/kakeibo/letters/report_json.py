"""The report for programs: the contract of docs/contracts/report.md and report.schema.json, which others build on."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction

import msgspec

from kakeibo.budgets.report import Report, Row, SourceHealth
from kakeibo.clock import iso

VERSION = 1


class SloLine(msgspec.Struct, frozen=True):
    """One SLO over [from, to). Shares are null where nothing was measured."""

    slo: str
    journey: str
    kind: str
    service: str | None
    team: str | None
    target: Decimal
    window: str
    from_: str = msgspec.field(name="from")
    to: str
    valid: int
    good: int
    bad: int
    void: int
    unknown: int
    method: str
    unit: str
    sli: float | None
    allowed: Decimal
    spent: int | float
    left_ratio: float | None
    coverage: float
    burn: dict[str, float | None]
    state: str
    trustworthy: bool
    redefined: str | None
    counted_since: str | None


class SourceLine(msgspec.Struct, frozen=True):
    """What of a source could be read in the window."""

    source: str
    lines: int
    rejected: int
    max_rejected: Decimal
    trustworthy: bool
    first: str | None
    last: str | None


class UnknownCode(msgspec.Struct, frozen=True):
    """A code that is in none of the book's lists."""

    source: str
    column: str
    value: str
    events: int


class ReportDocument(msgspec.Struct, frozen=True):
    """The whole contract."""

    version: int
    at: str
    slos: list[SloLine]
    sources: list[SourceLine]
    unknown_codes: list[UnknownCode]


def to_json(report: Report) -> bytes:
    """The report as one JSON document, in the order of the book.

    Counts, `target` and `allowed` are exact; the other shares are the nearest floating-point numbers.
    """
    document = ReportDocument(
        version=VERSION,
        at=iso(report.at),
        slos=[_slo(row) for row in report.rows],
        sources=[_source(source) for source in report.sources],
        unknown_codes=[UnknownCode(*code) for code in report.unknown_codes],
    )
    return msgspec.json.Encoder(decimal_format="number").encode(document)


def exact_decimal(number: Fraction) -> Decimal:
    """The same number as a Decimal. Raises ValueError when its decimals have no end (1/3)."""
    rest = number.denominator
    twos = fives = 0
    while rest % 2 == 0:
        rest, twos = rest // 2, twos + 1
    while rest % 5 == 0:
        rest, fives = rest // 5, fives + 1
    if rest != 1:
        raise ValueError(f"{number} has no exact decimal form")
    digits = max(twos, fives)
    return Decimal(f"{number.numerator * 10**digits // number.denominator}E-{digits}" if digits else int(number))


def _slo(row: Row) -> SloLine:
    return SloLine(
        slo=row.slo.name,
        journey=row.journey.key,
        kind=row.journey.kind,
        service=row.journey.service,
        team=row.team.key if row.team else None,
        target=exact_decimal(row.slo.target),
        window=row.slo.window.text,
        from_=iso(row.from_minute),
        to=iso(row.to_minute),
        valid=row.count.valid,
        good=row.count.good,
        bad=row.count.bad,
        void=row.count.void,
        unknown=row.count.unknown,
        method=row.slo.method.kind,
        unit=row.unit,
        sli=_float(row.sli),
        allowed=exact_decimal(row.allowed),
        spent=_spent(row.count.spent),
        left_ratio=_float(row.left_ratio),
        coverage=float(row.coverage),
        burn=_burn(row.burn),
        state=row.state,
        trustworthy=row.source.trustworthy,
        redefined=_time(row.redefined),
        counted_since=_time(row.counted_since),
    )


def _source(source: SourceHealth) -> SourceLine:
    return SourceLine(
        source=source.source,
        lines=source.lines,
        rejected=source.rejected,
        max_rejected=exact_decimal(source.max_rejected),
        trustworthy=source.trustworthy,
        first=_time(source.first_minute),
        last=_time(source.last_minute),
    )


def _time(minute: int | None) -> str | None:
    return None if minute is None else iso(minute)


def _burn(burn: Mapping[str, Fraction | None]) -> dict[str, float | None]:
    return {period: _float(ratio) for period, ratio in burn.items()}


def _spent(number: Fraction | int) -> int | float:
    return number if isinstance(number, int) else number.numerator / number.denominator


def _float(number: Fraction | None) -> float | None:
    """Division of two integers is correctly rounded in Python, whatever their size."""
    return None if number is None else number.numerator / number.denominator
