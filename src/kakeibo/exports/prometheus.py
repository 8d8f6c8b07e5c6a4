"""Prometheus: recording and alerting rules that decide as we decide (docs/export.md, docs/contracts/metrics.md).

An alert multiplies across instead of dividing, spent x denominator > valid x numerator, so that whole numbers are
compared and the threshold is exact.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any, Final

from kakeibo.alerts.decide import terms_of
from kakeibo.alerts.windows import meaning, minimum_of, rules_of, short_minutes, threshold
from kakeibo.errors import PredicateError, Problem
from kakeibo.exports import Exported, policies_unsaid, promql
from kakeibo.exports.promql import duration, quoted
from kakeibo.i18n import marked, t
from kakeibo.letters import decisions, figures, phrases
from kakeibo.model import Book, BurnRule, Composite, Events, Journey, Queries, Slo
from kakeibo.sources.promql import Expression, Query, query

FORMAT: Final = "prometheus"
SUMMARY: Final = marked("recording and alerting rules for Prometheus")
FILE: Final = "kakeibo.rules.yaml"
ALERT: Final = "KakeiboBudgetBurn"

VALID, BAD = "slo:kakeibo_events_valid:increase1m", "slo:kakeibo_events_bad:increase1m"
VALID_SUM, BAD_SUM = "slo:kakeibo_events_valid:sum", "slo:kakeibo_events_bad:sum"
TARGET, SLI, LEFT = "slo:kakeibo_target:ratio", "slo:kakeibo_sli:ratio", "slo:kakeibo_budget_left:ratio"
BURN, THRESHOLD = "slo:kakeibo_burn_rate:ratio", "slo:kakeibo_burn_rate_threshold:ratio"

Rule = dict[str, Any]
_FEWEST_EXACT: Final = 10**9
"""With fewer events than this in a window, no comparison may be inexact; otherwise it is said."""


def export(book: Book) -> Exported:
    """The rules of every SLO: two groups each, what is judged every minute, and its budget every five."""
    groups: list[Rule] = []
    warnings: list[Problem] = []
    for journey in book.journeys.values():
        for slo in (one for whole in journey.slos for one in (whole, *whole.parts)):
            refusal = _refusal(slo)
            if refusal:
                warnings.append(_warning(slo, *refusal))
                continue
            groups += _groups(book, journey, slo)
            warnings += (_warning(slo, *words) for words in _limits(book, slo))
    head = t("Written by kakeibo export prometheus from the book; changes made here are lost with the next export.")
    return Exported({FILE: f"# {head}\n{_yaml({'groups': groups})}"}, (*warnings, *policies_unsaid(book)))


def _refusal(slo: Slo) -> tuple[str, str] | None:
    """Why an SLO has no rules at all, and what to do instead."""
    if isinstance(slo.measure, Composite) and not _from_logs(slo):
        return t("a composite objective is not exported"), t("its parts are; kakeibo itself judges the whole")
    if slo.method.slice_minutes:
        return t("slices of time are not exported"), t("kakeibo itself judges them")
    if isinstance(slo.measure, Queries):
        try:
            _queries(slo.measure)
        except PredicateError as error:
            return error.message, error.mend
    return None


def _from_logs(slo: Slo) -> bool:
    """Whether our own counters show it: events of logs, those of users and of probes together."""
    return all(isinstance(one.measure, Events) for one in slo.accounts or (slo,))


def _queries(measure: Queries) -> tuple[Query, Query]:
    """What is asked for valid ones, and for bad or good ones. Raises PredicateError."""
    return query(measure.valid), query(measure.bad or measure.good or "")


def _limits(book: Book, slo: Slo) -> Iterator[tuple[str, str]]:
    """What of an SLO is exported only in part."""
    if not slo.window.minutes:
        message = t("the budget of {window} is not exported, only the alerts", window=figures.window(slo.window))
        yield message, t("Prometheus has no calendar: only windows of fixed length have a budget there")
    if isinstance(slo.measure, Queries) and any(isinstance(one, Expression) for one in _queries(slo.measure)):
        source = book.sources.get(slo.measure.source)
        if source and "step" in source.options:
            yield (
                t("its expression is asked for each minute, without the step of {source}", source=source.name),
                t("write plain counters, which need no step; otherwise minutes without two scrapes are missing"),
            )
    largest = max((max(_limit(slo, rule).as_integer_ratio()) for rule in rules_of(slo)), default=1)
    if largest > promql.EXACT_UP_TO // _FEWEST_EXACT:
        yield (
            t("with more than {n} events in a window its alerts may be inexact", n=promql.EXACT_UP_TO // largest),
            t("write the target with fewer digits"),
        )


def _warning(slo: Slo, message: str, mend: str) -> Problem:
    return Problem(slo.name, 0, 0, message, mend, "warning")


def _limit(slo: Slo, rule: BurnRule) -> Fraction:
    """The share of bad events above which a rule fires."""
    return threshold(rule, terms_of(slo).period_minutes) * (1 - slo.target)


def _groups(book: Book, journey: Journey, slo: Slo) -> list[Rule]:
    rules = tuple(dict.fromkeys(rules_of(slo)))
    windows = sorted({minutes for rule in rules for minutes in (rule.minutes, short_minutes(rule))})
    labels = _labels(book, journey, slo)
    every_minute = [
        *_rises(slo, labels),
        *(one for minutes in windows for one in _sums(slo, labels, minutes)),
        *(_alert(book, journey, slo, rule) for rule in rules),
    ]
    constants = [_record(TARGET, f"vector({float(slo.target)!r})", labels)]
    for rule in rules:
        value = float(threshold(rule, terms_of(slo).period_minutes))
        constants.append(_record(THRESHOLD, f"vector({value!r})", labels | _marks(rule)))
    return [
        {"name": f"kakeibo/{slo.name}", "interval": "1m", "rules": every_minute},
        {"name": f"kakeibo/{slo.name}/budget", "interval": "5m", "rules": [*constants, *_budget(slo, labels, windows)]},
    ]


def _labels(book: Book, journey: Journey, slo: Slo) -> dict[str, str]:
    team = book.team_of(journey)
    labels = {
        "slo": slo.name,
        "journey": journey.key,
        "service": journey.service,
        "team": team.key if team else None,
        "owner": slo.owner,
    }
    return {name: value for name, value in labels.items() if value}


def _marks(rule: BurnRule) -> dict[str, str]:
    """What tells a rule of an SLO from its others."""
    return {
        "severity": rule.severity,
        "window": duration(rule.minutes),
        "share": figures.exact_percent(rule.share),
    }


def _rises(slo: Slo, labels: dict[str, str]) -> list[Rule]:
    """Valid and bad events of the last minute. Bad ones are there whenever valid ones are; alone they say nothing."""
    own = f"{{slo={quoted(slo.name)}}}"
    if not isinstance(slo.measure, Queries):
        valid, bad = (promql.own_rise(f"kakeibo_events_{kind}_total{own}") for kind in ("valid", "bad"))
        return [_record(VALID, valid, labels), _record(BAD, bad, labels)]
    measure, counted = slo.measure, f"sum({VALID}{own})"
    watched, other = _queries(measure)
    valid, bad = promql.rise(watched, watched), f"({promql.rise(other, watched)} or {counted} * 0)"
    if measure.bad is None:
        bad = f"clamp_min({counted} - {bad}, 0)"
    return [_record(VALID, valid, labels), _record(BAD, f"{bad} and {counted}", labels)]


def _sums(slo: Slo, labels: dict[str, str], minutes: int) -> list[Rule]:
    own, marks = f"{{slo={quoted(slo.name)}}}", labels | {"window": duration(minutes)}
    valid, bad = (_series(name, slo, minutes) for name in (VALID_SUM, BAD_SUM))
    return [
        _record(VALID_SUM, promql.total(VALID + own, minutes), marks),
        _record(BAD_SUM, promql.total(BAD + own, minutes), marks),
        # 0 / 0 is no number: without a valid event there is no speed.
        _record(BURN, f"{bad} / ({valid} > 0) / {float(1 - slo.target)!r}", marks),
    ]


def _budget(slo: Slo, labels: dict[str, str], known: list[int]) -> list[Rule]:
    """Share reached and budget left over a window of fixed length."""
    minutes = slo.window.minutes
    if not minutes:
        return []
    valid, bad = (_series(name, slo, minutes) for name in (VALID_SUM, BAD_SUM))
    marks = labels | {"window": duration(minutes)}
    return [
        *([] if minutes in known else _sums(slo, labels, minutes)),
        _record(SLI, f"1 - {bad} / ({valid} > 0)", marks),
        _record(LEFT, f"1 - {bad} / ({valid} > 0) / {float(1 - slo.target)!r}", marks),
    ]


def _alert(book: Book, journey: Journey, slo: Slo, rule: BurnRule) -> Rule:
    """Fires when `decide` does: both windows burn faster than the threshold, and enough is bad. Its value: bad ones."""
    long, short = rule.minutes, short_minutes(rule)
    numerator, denominator = _limit(slo, rule).as_integer_ratio()[0], _limit(slo, rule).denominator
    burning = [
        f"({_series(BAD_SUM, slo, minutes)} * {denominator} > {_series(VALID_SUM, slo, minutes)} * {numerator})"
        for minutes in (long, short)
    ]
    lines = [f"{_series(BAD_SUM, slo, long)} >= {minimum_of(slo)}", *(f"and on (slo) {one}" for one in burning)]
    return {
        "alert": ALERT,
        "expr": "\n".join(lines),
        "labels": _labels(book, journey, slo) | _marks(rule),
        "annotations": _annotations(book, journey, slo, rule),
    }


def _annotations(book: Book, journey: Journey, slo: Slo, rule: BurnRule) -> dict[str, str]:
    promise = t("{title} ({aspect})", title=phrases.title(journey)[0], aspect=phrases.aspect(slo))
    failed = t("{n} failed in {span}.", n="@n", span=figures.span(rule.minutes))
    service = book.services.get(journey.service or "")
    annotations = {
        "summary": _literal(t("{promise}: more than {rule}", promise=promise, rule=decisions.rule(rule))),
        "description": _literal(phrases.joined([failed, meaning(rule)])).replace("@n", '{{ printf "%.0f" $value }}', 1),
        "runbook_url": _literal(service.runbook or "") if service else "",
    }
    return {name: text for name, text in annotations.items() if text}


def _series(name: str, slo: Slo, minutes: int) -> str:
    return f"{name}{{slo={quoted(slo.name)},window={quoted(duration(minutes))}}}"


def _literal(text: str) -> str:
    """`text` where Prometheus expects a template: braces are what they are."""
    return text.replace("{{", '{{ "{{" }}')


def _record(name: str, expr: str, labels: dict[str, str]) -> Rule:
    return {"record": name, "expr": expr, "labels": labels}


def _yaml(document: Rule) -> str:
    import yaml

    class Dumper(yaml.SafeDumper):
        def ignore_aliases(self, data: Any) -> bool:
            del data
            return True

    def text(dumper: yaml.SafeDumper, value: str) -> yaml.ScalarNode:
        return dumper.represent_scalar("tag:yaml.org,2002:str", value, style="|" if "\n" in value else None)

    Dumper.add_representer(str, text)
    return yaml.dump(document, Dumper=Dumper, sort_keys=False, allow_unicode=True, width=1000)
