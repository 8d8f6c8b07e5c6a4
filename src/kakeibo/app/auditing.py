"""Which objective cannot be measured from its log: the newest events are looked at, nothing is counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from kakeibo.app import auditing_messages, auditing_metrics
from kakeibo.app.sampling import sampled
from kakeibo.engines.samples import Judged
from kakeibo.errors import KakeiboError
from kakeibo.i18n import t
from kakeibo.ledger import reasons
from kakeibo.letters.findings import Finding, Level, Subject
from kakeibo.model import Book, Events, Source, is_part
from kakeibo.sources.kinds import asked_kinds, incoming_kinds
from kakeibo.store import Store

_FEW_UNKNOWN = 0.001
"""Share of unjudged events from which an objective is worth a closer look."""
_MANY_UNKNOWN = 0.5
_SAMPLES = 3
_TOP = 5


def audit(book: Book, store: Store | None, sources: Sequence[Source], lines: int) -> list[Subject]:
    """Every source, then every objective of it. `store`: tell also what was rejected when counting."""
    found: list[Subject] = []
    for source in sources:
        if source.kind in asked_kinds():
            found += auditing_metrics.audit(book, store, source)
            continue
        if source.kind in incoming_kinds() or book.fleet_of(source.name):
            found += auditing_messages.audit(store, source)
            continue
        measures = {name: one for name, one in book.events_of(source.name).items() if not is_part(name)}
        try:
            judged = sampled(book, source, tuple(measures.values()), lines)
        except KakeiboError as error:
            why = Finding(error.message, mend=error.mend)
            found.append(Subject("source", source.name, "impossible", (why,)))
            found += [Subject("slo", slo, "impossible", (why,)) for slo in measures]
            continue
        found.append(_source(source, judged, reasons(store, source.name) if store else {}))
        found += [_slo(slo, measure, judged, number) for number, (slo, measure) in enumerate(measures.items())]
    return sorted(found, key=lambda subject: subject.kind == "slo")


def _source(source: Source, judged: Judged, counted: dict[str, int]) -> Subject:
    """How much of a log can be read, and what cannot."""
    lines, rejected = len(judged.values) + len(judged.rejected), len(judged.rejected)
    findings: list[Finding] = []
    level: Level = "fine"
    if lines == 0:
        return Subject(
            "source", source.name, "impossible", (Finding(t("the log is empty"), mend=t("wait for its first lines")),)
        )
    for reason, n in Counter(reason for _, reason in judged.rejected).most_common(_TOP):
        evidence = t("{n} of the newest {lines} lines", n=f"{n:,}", lines=f"{lines:,}")
        findings.append(
            Finding(t("lines that cannot be read: {reason}", reason=reason), evidence, _mend(source, rejected, lines))
        )
    if rejected == lines:
        level = "impossible"
    elif rejected > source.max_rejected * lines:
        level = "doubtful"
    before = sum(counted.values())
    if before and not rejected:
        reason = max(counted, key=lambda word: counted[word])
        evidence = t("when counting, {n} lines could not be read, most often: {reason}", n=f"{before:,}", reason=reason)
        findings.append(Finding(t("none of the newest lines is broken"), evidence))
    samples = [line for line, _ in judged.rejected[-_SAMPLES:]]
    return Subject("source", source.name, level, tuple(findings), tuple(samples))


def _mend(source: Source, rejected: int, lines: int) -> str:
    if rejected == lines:
        return t("is type: {kind} right? kakeibo init looks at the log and proposes one", kind=source.kind)
    return t("see how these lines come into the log; until then they are counted as rejected")


def _slo(slo: str, measure: Events, judged: Judged, number: int) -> Subject:
    """Whether the log has what one objective needs."""
    verdicts = judged.verdicts[number]
    counts = Counter(verdicts)
    valid = counts["good"] + counts["bad"] + counts["unknown"]
    if not judged.values:
        return Subject("slo", slo, "impossible", (Finding(t("there is no event that can be read")),))
    if not valid:
        return _nothing_valid(slo, measure, judged)
    share = counts["unknown"] / valid
    if share < _FEW_UNKNOWN:
        evidence = t("{valid} of the newest {all} events count for it", valid=f"{valid:,}", all=f"{len(verdicts):,}")
        return Subject("slo", slo, "fine", (Finding(t("every field it needs is there"), evidence),))
    level: Level = "impossible" if share > _MANY_UNKNOWN else "doubtful"
    return Subject("slo", slo, level, tuple(_missing(measure, judged, number, valid)))


def _nothing_valid(slo: str, measure: Events, judged: Judged) -> Subject:
    """No event counts: show what the columns of `valid` hold instead."""
    seen = []
    for column in measure.valid.columns:
        values = Counter(row[judged.columns.index(column) + 1] for row in judged.values)
        shown = ", ".join(t("missing") if value is None else repr(value) for value, _ in values.most_common(_TOP))
        seen.append(t("{column} is {values}", column=column, values=shown))
    finding = Finding(
        t("no event counts for it: {expression} is never true", expression=measure.valid.text),
        t("seen in {n} events: {values}", n=f"{len(judged.values):,}", values="; ".join(seen)),
        t("correct valid:, or have the field logged"),
    )
    return Subject("slo", slo, "impossible", (finding,))


def _missing(measure: Events, judged: Judged, number: int, valid: int) -> list[Finding]:
    """The fields that are missing in the events that could not be judged, and the codes that nobody has named."""
    unknown = [row for row, word in zip(judged.values, judged.verdicts[number], strict=True) if word == "unknown"]
    coded = {column for column, _ in measure.good.lists}
    findings = []
    for column in measure.good.columns:
        at = judged.columns.index(column) + 1
        gone = sum(row[at] is None for row in unknown)
        if gone:
            share = t(
                "missing in {n} of {valid} events ({share})",
                n=f"{gone:,}",
                valid=f"{valid:,}",
                share=f"{gone / valid:.1%}",
            )
            findings.append(Finding(t("the field {column} is missing", column=column), share, _how_to_log(column)))
        codes = Counter(row[at] for row in unknown if row[at]) if column in coded else Counter()
        if codes:
            shown = ", ".join(f"{code} ({n:,})" for code, n in codes.most_common(_TOP))
            mend = t("put each into one of the named lists")
            findings.append(Finding(t("codes of {column} in none of the lists", column=column), shown, mend))
    return findings


def _how_to_log(column: str) -> str:
    """The mend for a field that is not in the log."""
    known = {
        "duration": t("add $request_time to nginx's log_format, or map the field that holds it in fields:"),
        "operation": t("let the client send the operation's name in a request header and log it: docs/sources.md"),
        "error": t("let the server send the error code in a response header and log it: docs/sources.md"),
        "status": t("add $status to nginx's log_format, or map the field that holds it in fields:"),
        "latency": t("let a Sidekiq middleware write enqueued_at and completed_at: docs/sources.md"),
    }
    return known.get(column, t("have it logged, or map the field that holds it in fields:"))
