"""The facts of the whole report in plain words: the order, the headline, and what else is noteworthy."""

from __future__ import annotations

from fractions import Fraction

from kakeibo.budgets.report import Report, Row, SourceHealth
from kakeibo.i18n import t
from kakeibo.letters import figures, policies
from kakeibo.letters.phrases import joined, kept, printable, rejected_share
from kakeibo.model import State, Window

WORST_FIRST: tuple[State, ...] = ("exhausted", "at_risk", "no_data", "filling", "healthy")


def worst_first(report: Report) -> list[Row]:
    """The rows in the order in which they deserve attention."""

    def urgency(row: Row) -> tuple[int, bool, Fraction, str]:
        left = row.left_ratio
        return WORST_FIRST.index(row.state), left is None, left or Fraction(0), row.slo.name

    return sorted(report.rows, key=urgency)


def headline(report: Report) -> str:
    """How many promises are kept."""
    if not report.rows:
        return t("No promises have been made yet.")
    verdicts = [kept(row) for row in report.rows]
    return t("Promises kept: {kept} of {all}", kept=verdicts.count(True), all=len(verdicts))


def remainder(report: Report) -> str:
    """How many promises are broken, and of how many nothing can be said; empty when all are kept."""
    verdicts = [kept(row) for row in report.rows]
    sentences = []
    if verdicts.count(False):
        sentences.append(t("Broken: {broken}.", broken=verdicts.count(False)))
    if verdicts.count(None):
        sentences.append(t("Cannot be said yet: {unknown}.", unknown=verdicts.count(None)))
    return joined(sentences)


def as_of(report: Report) -> str:
    """The moment the report speaks of."""
    return t("As of {moment}", moment=figures.moment(report.at, report.timezone))


def chapters(report: Report) -> list[tuple[str, list[str]]]:
    """What stands after the promises: (title, sentences), none of them empty."""
    found = [(t("What was agreed"), agreed(report)), (t("Noteworthy"), notes(report))]
    return [(title, sentences) for title, sentences in found if sentences]


def agreed(report: Report) -> list[str]:
    """What the policies of the teams say, and which of them are not in order."""
    return policies.in_report(report.policies, policies.names_of(row.journey for row in report.rows))


def notes(report: Report) -> list[str]:
    """What else is noteworthy: lines that could not be read, time without data, codes nobody has listed."""
    return [*_reading(report), *_gaps(report), *_codes(report)]


def _reading(report: Report) -> list[str]:
    return [sentence for source in report.sources if (sentence := _read(source))]


def _read(source: SourceHealth) -> str:
    """What could not be read of a source; empty when all could."""
    if not source.lines:
        return t("{source}: nothing has been read.", source=printable(source.source))
    if not source.rejected:
        return ""
    values = {
        "source": printable(source.source),
        "rejected": figures.whole(source.rejected),
        "lines": figures.whole(source.lines),
        "share": figures.percent(rejected_share(source), source.max_rejected, digits=1),
    }
    if source.trustworthy:
        return t("{source}: {rejected} of {lines} lines could not be read ({share}).", **values)
    return t(
        "{source}: {rejected} of {lines} lines could not be read ({share}), more than the {limit} set: "
        "what is counted from it is not to be trusted.",
        limit=figures.exact_percent(source.max_rejected),
        **values,
    )


def _gaps(report: Report) -> list[str]:
    """Unmeasured time, said once per source and window."""
    gaps: dict[tuple[str, Window, int], int] = {}
    for row in report.rows:
        missing = row.to_minute - row.from_minute - row.measured_minutes
        if missing and row.source.lines:
            gaps[printable(row.source.source), row.slo.window, row.to_minute] = missing
    return list(dict.fromkeys(_gap(*key, minutes) for key, minutes in gaps.items()))


def _gap(source: str, window: Window, at: int, minutes: int) -> str:
    gap = figures.span(minutes)
    if window.calendar:
        return t("{source}: no data for {gap} {within}.", source=source, gap=gap, within=figures.within(window, at))
    length = figures.window(window)
    return t("{source}: no data for {gap} of the last {window}.", source=source, gap=gap, window=length)


def _codes(report: Report) -> list[str]:
    of_devices = {row.source.source for row in report.rows if row.unit == "device_seconds"}
    return [_code(*code, of_devices=code[0] in of_devices) for code in report.unknown_codes]


def _code(source: str, column: str, value: str, events: int, *, of_devices: bool) -> str:
    values = {"source": printable(source), "value": f"'{printable(value)}'", "events": figures.whole(events)}
    if of_devices:
        return t("{source}: no rule says what error {value} means; it came {events} times.", **values)
    return t(
        "{source}: {column} = {value} is in none of the lists of codes; events: {events}.",
        column=printable(column),
        **values,
    )
