"""A trial for programs: the contract of docs/contracts/try.md and trial.schema.json."""

from __future__ import annotations

from decimal import Decimal

import msgspec

from kakeibo.alerts.backtest import Case, Catch, Verdict
from kakeibo.alerts.trial import Backtest, Trial, Tried
from kakeibo.budgets import arithmetic
from kakeibo.budgets.crosscheck import CrossCheck
from kakeibo.budgets.latency import Latency
from kakeibo.budgets.quiet import Churn, Quiet, Typical
from kakeibo.clock import iso
from kakeibo.letters.report_json import as_float, exact_decimal, spent_number
from kakeibo.model import BurnRule

VERSION = 1


class CandidateLine(msgspec.Struct, frozen=True):
    """A target and what it would have meant. The budget is that of the last window."""

    target: Decimal
    origins: list[str]
    allowed: Decimal
    spent: int | float
    left_ratio: float | None
    days_missed: int | None
    days_below: int
    pages: int
    tickets: int
    alert_minutes: int
    cannot_fire: list[str]


class TypicalLine(msgspec.Struct, frozen=True):
    """What is usual on a type of day; more than `limit` enquiries are a rise."""

    median: float
    deviation: float
    limit: float


class ProposalLine(msgspec.Struct, frozen=True):
    """The strictest usual target met on the quiet days, and the range that chance leaves."""

    target: Decimal
    just_met: Decimal | None
    share: float
    low: float
    high: float


class ChurnLine(msgspec.Struct, frozen=True):
    """Days on which more customers left than usual."""

    rises: list[str]
    weekdays: TypicalLine | None
    weekends: TypicalLine | None


class QuietLine(msgspec.Struct, frozen=True):
    """What the quiet-period rule found; days are local dates, first and last included."""

    days: int
    periods: list[list[str]]
    rises: list[str]
    weekdays: TypicalLine | None
    weekends: TypicalLine | None
    proposal: ProposalLine | None
    refusal: str | None
    churn: ChurnLine | None


class VerdictLine(msgspec.Struct, frozen=True):
    """What alerts of one kind were worth."""

    alerts: int
    caught: int
    missed: int
    false: int
    late: int
    alert_minutes: int
    delays: list[int]
    aheads: list[int]


class RuleLine(msgspec.Struct, frozen=True):
    """A rule of the SLO and its worth."""

    share: Decimal
    within_minutes: int
    severity: str
    verdict: VerdictLine


class IncidentLine(msgspec.Struct, frozen=True):
    """An incident as the SLO saw it. `felt` is null when nothing was counted in it."""

    name: str
    from_: str = msgspec.field(name="from")
    to: str
    valid: int
    bad: int
    felt: bool | None
    enquiries_rose: str | None
    delay: int | None
    ahead: int | None
    old_delay: int | None


class BacktestLine(msgspec.Struct, frozen=True):
    """Alerts against known incidents."""

    together: VerdictLine
    rules: list[RuleLine]
    old: VerdictLine | None
    old_by_name: dict[str, VerdictLine]
    old_outside: int
    incidents: list[IncidentLine]


class WeekLine(msgspec.Struct, frozen=True):
    """A week, by its Monday."""

    monday: str
    valid: int
    bad: int
    enquiries: int
    met: bool
    raised: bool


class CrossCheckLine(msgspec.Struct, frozen=True):
    """Whole weeks by promise and enquiries."""

    met_usual: int
    met_raised: int
    missed_usual: int
    missed_raised: int
    partial: int
    weeks: list[WeekLine]


class ThresholdLine(msgspec.Struct, frozen=True):
    """A threshold and what it would have meant."""

    at_most: float
    origin: str
    good: int
    bad: int
    share: float | None
    target_kept: bool | None
    days_missed: int | None
    days_below: int | None


class PercentileLine(msgspec.Struct, frozen=True):
    """So much of the events took more than `above` and at most `at_most`."""

    share: Decimal
    above: float | None
    at_most: float | None


class LatencyLine(msgspec.Struct, frozen=True):
    """The distribution of a column."""

    column: str
    events: int
    missing: int
    thresholds: list[ThresholdLine]
    percentiles: list[PercentileLine]


class TrialDocument(msgspec.Struct, frozen=True):
    """The whole contract."""

    version: int
    slo: str
    target: Decimal
    window: str
    timezone: str
    from_: str = msgspec.field(name="from")
    to: str
    valid: int
    bad: int
    sli: float | None
    days: int
    days_judged: int
    candidates: list[CandidateLine]
    quiet: QuietLine | None
    backtest: BacktestLine | None
    cross_check: CrossCheckLine | None
    latencies: list[LatencyLine]


def to_json(trial: Trial) -> bytes:
    """The trial as one JSON document. Counts, `target` and `allowed` are exact."""
    document = TrialDocument(
        version=VERSION,
        slo=trial.slo.name,
        target=exact_decimal(trial.slo.target),
        window=trial.slo.window.text,
        timezone=trial.timezone,
        from_=iso(trial.from_minute),
        to=iso(trial.to_minute),
        valid=trial.history.valid,
        bad=trial.history.bad,
        sli=as_float(arithmetic.sli(trial.history)),
        days=len(trial.days),
        days_judged=trial.judged_days,
        candidates=[_candidate(tried, judged=trial.judged_days > 0) for tried in trial.tried],
        quiet=_quiet(trial.quiet) if trial.quiet else None,
        backtest=_backtest(trial.backtest) if trial.backtest else None,
        cross_check=_cross_check(trial.crosscheck) if trial.crosscheck else None,
        latencies=[_latency(trial, one) for one in trial.latencies],
    )
    return msgspec.json.Encoder(decimal_format="number").encode(document)


def _candidate(tried: Tried, *, judged: bool) -> CandidateLine:
    one = tried.candidate
    return CandidateLine(
        target=exact_decimal(one.target),
        origins=list(one.origins),
        allowed=exact_decimal(one.allowed),
        spent=spent_number(one.spent),
        left_ratio=as_float(one.left_ratio),
        days_missed=one.days_missed if judged else None,
        days_below=one.days_below,
        pages=tried.pages,
        tickets=tried.tickets,
        alert_minutes=tried.minutes,
        cannot_fire=[_rule(rule) for rule in tried.cannot_fire],
    )


def _rule(rule: BurnRule) -> str:
    return f"{exact_decimal(rule.share * 100)}% in {rule.minutes}m"


def _quiet(found: Quiet) -> QuietLine:
    one = found.proposal
    return QuietLine(
        days=found.days,
        periods=[[first.isoformat(), last.isoformat()] for first, last in found.periods],
        rises=[day.isoformat() for day in found.rises],
        weekdays=_typical(found.weekdays),
        weekends=_typical(found.weekends),
        proposal=ProposalLine(
            target=exact_decimal(one.target),
            just_met=exact_decimal(one.just_met) if one.just_met else None,
            share=float(one.share),
            low=float(one.low),
            high=float(one.high),
        )
        if one
        else None,
        refusal=found.refusal,
        churn=_churn(found.churn) if found.churn else None,
    )


def _churn(found: Churn) -> ChurnLine:
    days = [day.isoformat() for day in found.rises]
    return ChurnLine(days, _typical(found.weekdays), _typical(found.weekends))


def _typical(typical: Typical | None) -> TypicalLine | None:
    if typical is None:
        return None
    return TypicalLine(float(typical.median), float(typical.deviation), float(typical.limit))


def _backtest(test: Backtest) -> BacktestLine:
    new = {catch.case: catch for catch in test.together.catches}
    old = {catch.case: catch for catch in test.old.catches} if test.old else {}
    return BacktestLine(
        together=_verdict(test.together),
        rules=[
            RuleLine(exact_decimal(rule.share), rule.minutes, rule.severity, _verdict(verdict))
            for rule, verdict in test.rules
        ],
        old=_verdict(test.old) if test.old else None,
        old_by_name={name: _verdict(verdict) for name, verdict in test.old_by_name.items()},
        old_outside=test.old_outside,
        incidents=[_incident(case, new.get(case), old.get(case)) for case in test.cases],
    )


def _verdict(verdict: Verdict) -> VerdictLine:
    return VerdictLine(
        alerts=len(verdict.alarms),
        caught=verdict.caught,
        missed=verdict.missed,
        false=verdict.false,
        late=verdict.late,
        alert_minutes=verdict.minutes,
        delays=[catch.delay for catch in verdict.catches if catch.delay is not None],
        aheads=[catch.ahead for catch in verdict.catches if catch.ahead is not None],
    )


def _incident(case: Case, new: Catch | None, old: Catch | None) -> IncidentLine:
    return IncidentLine(
        name=case.incident.name,
        from_=iso(case.incident.start),
        to=iso(case.incident.end),
        valid=case.count.valid,
        bad=case.count.bad,
        felt=case.felt,
        enquiries_rose=None if case.rise is None else iso(case.rise),
        delay=new.delay if new else None,
        ahead=new.ahead if new else None,
        old_delay=old.delay if old else None,
    )


def _cross_check(check: CrossCheck) -> CrossCheckLine:
    return CrossCheckLine(
        met_usual=check.number(met=True, raised=False),
        met_raised=check.number(met=True, raised=True),
        missed_usual=check.number(met=False, raised=False),
        missed_raised=check.number(met=False, raised=True),
        partial=check.partial,
        weeks=[
            WeekLine(week.monday.isoformat(), week.count.valid, week.count.bad, week.enquiries, week.met, week.raised)
            for week in check.weeks
        ],
    )


def _latency(trial: Trial, one: Latency) -> LatencyLine:
    return LatencyLine(
        column=one.column,
        events=one.events,
        missing=one.missing,
        thresholds=[
            ThresholdLine(
                at_most=float(each.value),
                origin=each.origin,
                good=each.count.good,
                bad=each.count.bad,
                share=as_float(each.share),
                target_kept=None if each.share is None else each.share >= trial.slo.target,
                days_missed=each.days_missed,
                days_below=None if trial.slo.method.slice_minutes else each.days_below,
            )
            for each in one.thresholds
        ],
        percentiles=[
            PercentileLine(exact_decimal(each.p), as_float(each.above), as_float(each.at_most))
            for each in one.percentiles
        ],
    )
