"""Where the failures went, for programs: the contract of docs/contracts/where.md."""

from __future__ import annotations

from decimal import Decimal

import msgspec

from kakeibo.budgets.breakdown import Breakdown, Part
from kakeibo.clock import iso
from kakeibo.letters.report_json import as_float, exact_decimal

VERSION = 1


class PartLine(msgspec.Struct, frozen=True):
    """One value of a column. `kind`: value, missing or rest."""

    column: str
    kind: str
    value: str | None
    good: int
    bad: int
    void: int
    share_of_bad: float
    share_of_good: float | None
    lift: float | None
    excess: float
    budget_ratio: float | None
    stands_out: bool


class ColumnLine(msgspec.Struct, frozen=True):
    """One column: its parts add up to good, bad and void."""

    column: str
    good: int
    bad: int
    void: int
    bad_missing: int
    parts: list[PartLine]


class WhereDocument(msgspec.Struct, frozen=True):
    """The whole contract."""

    version: int
    slo: str
    timezone: str
    from_: str = msgspec.field(name="from")
    to: str
    good: int
    bad: int
    bad_adjusted: int
    allowed: Decimal | None
    verdict: str
    contributors: list[PartLine]
    columns: list[ColumnLine]


def to_json(found: Breakdown) -> bytes:
    """The breakdown as one JSON document. Counts and `allowed` are exact."""
    document = WhereDocument(
        version=VERSION,
        slo=found.slo.name,
        timezone=found.timezone,
        from_=iso(found.from_minute),
        to=iso(found.to_minute),
        good=found.counted.good,
        bad=found.counted.bad,
        bad_adjusted=found.adjusted,
        allowed=None if found.allowed is None else exact_decimal(found.allowed),
        verdict=found.verdict,
        contributors=[_part(found, part) for part in found.contributors],
        columns=[_column(found, column, parts) for column, parts in found.parts.items()],
    )
    return msgspec.json.Encoder(decimal_format="number").encode(document)


def _column(found: Breakdown, column: str, parts: tuple[Part, ...]) -> ColumnLine:
    whole = parts[0].whole
    lines = [_part(found, part) for part in parts]
    return ColumnLine(column, whole.good, whole.bad, whole.void, found.missing(column), lines)


def _part(found: Breakdown, part: Part) -> PartLine:
    return PartLine(
        column=part.column,
        kind=part.kind,
        value=part.value if part.kind == "value" else None,
        good=part.count.good,
        bad=part.count.bad,
        void=part.count.void,
        share_of_bad=float(part.share_of_bad),
        share_of_good=as_float(part.share_of_good),
        lift=as_float(part.lift),
        excess=float(part.excess),
        budget_ratio=as_float(found.budget_share(part)),
        stands_out=part.stands_out,
    )
