"""The report for programs: the contract of docs/contracts/report.md and report.schema.json, which others build on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from fractions import Fraction

import msgspec

from kakeibo.alerts.windows import minimum_of
from kakeibo.budgets.breakdown import Part as Contributor
from kakeibo.budgets.forecast import Forecast
from kakeibo.budgets.left_out import LeftOut
from kakeibo.budgets.promises import Other
from kakeibo.budgets.report import Probes, Report, Row, SourceHealth
from kakeibo.clock import iso
from kakeibo.model import Composite
from kakeibo.policies import Standing

VERSION = 1


class LeftOutLine(msgspec.Struct, frozen=True):
    """What an adjustment left out of a window."""

    id: int
    kind: str
    what: str
    from_: str = msgspec.field(name="from")
    to: str
    good: int
    bad: int
    unknown: int
    author: str
    reason: str


class ForecastLine(msgspec.Struct, frozen=True):
    """When the budget ends at the present speed."""

    outlook: str
    earliest: str | None
    likely: str | None
    latest: str | None


class PartLine(msgspec.Struct, frozen=True):
    """One of the parts that an SLO is split into; their events add up to its own."""

    slo: str
    owner: str | None
    target: Decimal
    valid: int
    good: int
    bad: int
    void: int
    unknown: int
    sli: float | None
    left_ratio: float | None
    share_of_bad: float | None
    share_of_budget: float | None
    state: str
    alerts: bool


class ProbesLine(msgspec.Struct, frozen=True):
    """The probes among the events of an SLO."""

    valid: int
    bad: int
    last: str | None
    every_minutes: int
    missing: bool


class ContributorLine(msgspec.Struct, frozen=True):
    """A value that has more of the failures than of the successes."""

    column: str
    kind: str
    value: str | None
    good: int
    bad: int
    share_of_bad: float
    share_of_good: float | None


class MadeOf(msgspec.Struct, frozen=True):
    """An SLO that another one is put together from."""

    slo: str
    weight: int | float


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
    sli_type: str | None
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
    adjusted: list[LeftOutLine]
    forecast: ForecastLine
    owner: str | None
    minimum_bad: int
    composite: str | None
    made_of: list[MadeOf]
    parts: list[PartLine]
    probes: ProbesLine | None
    contributors: list[ContributorLine]
    promised: list[PromisedLine]


class PromisedLine(msgspec.Struct, frozen=True):
    """Another promise than the one that the window is judged by."""

    target: Decimal
    window: str
    method: str
    from_: str | None = msgspec.field(name="from")
    to: str | None
    left_ratio: float | None


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


class DueLine(msgspec.Struct, frozen=True):
    """A rule of a policy that holds for an SLO, and what follows."""

    rule: str
    slo: str
    then: list[str]


class PolicyLine(msgspec.Struct, frozen=True):
    """Whether a team's policy is in order, and what is due by it."""

    team: str
    status: str
    revisit: str | None
    due: list[DueLine]


class ReportDocument(msgspec.Struct, frozen=True):
    """The whole contract."""

    version: int
    at: str
    slos: list[SloLine]
    sources: list[SourceLine]
    unknown_codes: list[UnknownCode]
    policies: list[PolicyLine]


def to_json(report: Report) -> bytes:
    """The report as one JSON document, in the order of the book.

    Counts, `target` and `allowed` are exact; the other shares are the nearest floating-point numbers.
    """
    document = ReportDocument(
        version=VERSION,
        at=iso(report.at),
        slos=[slo_line(row) for row in report.rows],
        sources=[_source(source) for source in report.sources],
        unknown_codes=[UnknownCode(*code) for code in report.unknown_codes],
        policies=[_policy(one) for one in report.policies],
    )
    return msgspec.json.Encoder(decimal_format="number").encode(document)


def left_out_lines(parts: Sequence[LeftOut]) -> list[LeftOutLine]:
    """Adjustments as the contracts write them."""
    return [
        LeftOutLine(
            id=part.slip.id or 0,
            kind=part.slip.kind,
            what=part.slip.what,
            from_=iso(part.from_minute),
            to=iso(part.to_minute),
            good=part.count.good,
            bad=part.count.bad,
            unknown=part.count.unknown,
            author=part.slip.author,
            reason=part.slip.reason,
        )
        for part in parts
    ]


def contributor_lines(parts: Sequence[Contributor]) -> list[ContributorLine]:
    """What failures have in common, as the contracts write it."""
    return [
        ContributorLine(
            column=part.column,
            kind=part.kind,
            value=part.value if part.kind == "value" else None,
            good=part.count.good,
            bad=part.count.bad,
            share_of_bad=float(part.share_of_bad),
            share_of_good=as_float(part.share_of_good),
        )
        for part in parts
    ]


def forecast_line(forecast: Forecast) -> ForecastLine:
    """A forecast as the contracts write it."""
    ends = (forecast.earliest, forecast.likely, forecast.latest)
    return ForecastLine(forecast.outlook, *(None if end is None else iso(end) for end in ends))


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


def slo_line(row: Row) -> SloLine:
    """One row as the contract writes it."""
    composite = row.slo.measure if isinstance(row.slo.measure, Composite) else None
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
        sli_type=row.slo.sli_type,
        sli=as_float(row.sli),
        allowed=exact_decimal(row.allowed),
        spent=spent_number(row.count.spent),
        left_ratio=as_float(row.left_ratio),
        coverage=float(row.coverage),
        burn=_burn(row.burn),
        state=row.state,
        trustworthy=row.source.trustworthy,
        redefined=_time(row.redefined),
        counted_since=_time(row.counted_since),
        adjusted=left_out_lines(row.adjusted),
        forecast=forecast_line(row.forecast),
        owner=row.owner.key if row.owner else None,
        minimum_bad=minimum_of(row.slo),
        composite=composite.how if composite else None,
        made_of=[MadeOf(name, spent_number(weight)) for name, weight in composite.parts] if composite else [],
        parts=[_part(part, row) for part in row.parts],
        probes=_probes(row.probes) if row.probes else None,
        contributors=contributor_lines(row.contributors),
        promised=[_promised(other) for other in row.promised],
    )


def _promised(other: Other) -> PromisedLine:
    promise = other.promise
    return PromisedLine(
        target=exact_decimal(promise.target),
        window=promise.window.text,
        method=promise.method.kind,
        from_=_time(promise.since),
        to=_time(other.until),
        left_ratio=as_float(other.left_ratio),
    )


def _part(part: Row, whole: Row) -> PartLine:
    bad = whole.count.bad
    return PartLine(
        slo=part.slo.name,
        owner=part.owner.key if part.owner else None,
        target=exact_decimal(part.slo.target),
        valid=part.count.valid,
        good=part.count.good,
        bad=part.count.bad,
        void=part.count.void,
        unknown=part.count.unknown,
        sli=as_float(part.sli),
        left_ratio=as_float(part.left_ratio),
        share_of_bad=part.count.bad / bad if bad else None,
        share_of_budget=as_float(part.count.bad / whole.allowed) if whole.allowed else None,
        state=part.state,
        alerts=bool(part.slo.alerts),
    )


def _probes(found: Probes) -> ProbesLine:
    return ProbesLine(found.count.valid, found.count.bad, _time(found.last_minute), found.every, found.missing)


def _policy(standing: Standing) -> PolicyLine:
    revisit = standing.policy.revisit
    due = [DueLine(one.rule.key, one.facts.slo, list(one.rule.acts)) for one in standing.due]
    return PolicyLine(standing.policy.team, standing.status, revisit.isoformat() if revisit else None, due)


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
    return {period: as_float(ratio) for period, ratio in burn.items()}


def spent_number(number: Fraction | int) -> int | float:
    """Whole when events are counted; otherwise the nearest floating-point number."""
    return number if isinstance(number, int) else number.numerator / number.denominator


def as_float(number: Fraction | None) -> float | None:
    """Division of two integers is correctly rounded in Python, whatever their size."""
    return None if number is None else number.numerator / number.denominator
