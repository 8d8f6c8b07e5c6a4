"""The facts of a report in plain words: the sentences that the terminal, Markdown and the page share.

A target is called a promise, the error budget the failures it allows; the glossary gives the field's own terms.
"""

from __future__ import annotations

from fractions import Fraction

from kakeibo.budgets.report import Report, Row, SourceHealth
from kakeibo.i18n import language, t
from kakeibo.letters import figures
from kakeibo.model import Journey, Slo, State

WORST_FIRST: tuple[State, ...] = ("exhausted", "at_risk", "no_data", "filling", "healthy")


def worst_first(report: Report) -> list[Row]:
    """The rows in the order in which they deserve attention."""

    def urgency(row: Row) -> tuple[int, bool, Fraction, str]:
        left = row.left_ratio
        return WORST_FIRST.index(row.state), left is None, left or Fraction(0), row.slo.name

    return sorted(report.rows, key=urgency)


def printable(text: str, limit: int = 80) -> str:
    """Text from a log or a book, safe to show: control characters become visible, too much is cut."""
    shown = "".join(char if char.isprintable() else f"\\x{ord(char):02x}" for char in text[: limit + 1])
    return shown if len(text) <= limit else shown[:limit] + "..."


def title(journey: Journey) -> tuple[str, str]:
    """The journey's name and the language it is written in: the language in use where there is one."""
    for lang in (language(), *journey.title):
        if journey.title.get(lang):
            return printable(journey.title[lang]), lang
    return printable(journey.key), "en"


def aspect(slo: Slo) -> str:
    """Which side of the journey an SLO looks at; the usual names of the field in plain words."""
    name = slo.name.rpartition("/")[2]
    plain = {
        "availability": t("success"),
        "latency": t("speed"),
        "quality": t("quality"),
        "freshness": t("freshness"),
        "correctness": t("correctness"),
        "coverage": t("completeness"),
        "throughput": t("throughput"),
        "durability": t("safekeeping"),
    }
    return plain.get(name, printable(name))


def promise(row: Row) -> str:
    """What was promised, in a few words: "Play a video (success)"."""
    return t("{title} ({aspect})", title=title(row.journey)[0], aspect=aspect(row.slo))


def state(row: Row) -> str:
    """The state in plain words."""
    return state_word(row.state)


def state_word(state: State) -> str:
    """A state in plain words."""
    words: dict[State, str] = {
        "healthy": t("healthy"),
        "at_risk": t("at risk"),
        "exhausted": t("exhausted"),
        "filling": t("still filling"),
        "no_data": t("no data"),
    }
    return words[state]


def left(row: Row) -> str:
    """How much of the budget is left, or by how much it is overspent."""
    if row.left_ratio is None:
        return t("nothing measured")
    if row.left_ratio < 0:
        return t("overspent by {share}", share=figures.percent(-row.left_ratio))
    return t("{share} left", share=figures.percent(row.left_ratio))


def reached(row: Row) -> str:
    """The share reached against the share promised."""
    target = figures.exact_percent(row.slo.target)
    if row.sli is None:
        return t("nothing measured, {target} promised", target=target)
    return t("{sli} reached, {target} promised", sli=sli(row), target=target)


def sli(row: Row) -> str:
    """The share of good events, with the digits that tell it from its target."""
    return "-" if row.sli is None else figures.percent(row.sli, row.slo.target, digits=2)


def allowed(row: Row) -> str:
    """How many failures the promise allows."""
    return figures.allowance(row.allowed, row.count.bad)


def spent(row: Row) -> str:
    """Failures against the failures allowed."""
    bad = figures.whole(row.count.bad)
    return t("{bad} of {allowed} allowed failures spent", bad=bad, allowed=allowed(row))


def account(row: Row) -> str:
    """The whole account in a sentence or two."""
    window, count = figures.window(row.slo.window), row.count
    if not count.valid:
        return t("Not one event was counted in {window}.", window=window)
    sentence = t(
        "Of {valid} events in {window}, {bad} failed; {allowed} were allowed.",
        valid=figures.whole(count.valid),
        window=window,
        bad=figures.whole(count.bad),
        allowed=allowed(row),
    )
    return " ".join([sentence, *asides(row)]) if language() == "en" else "".join([sentence, *asides(row)])


def asides(row: Row) -> list[str]:
    """What else became of the events: those that could not be judged, those left out."""
    notes = []
    if row.count.unknown:
        notes.append(
            t("Could not be judged, hence counted as failed: {unknown}.", unknown=figures.whole(row.count.unknown))
        )
    if row.count.void:
        notes.append(t("Left out by rule: {void}.", void=figures.whole(row.count.void)))
    return notes


def measured(row: Row) -> str:
    """For how much of the window there is data."""
    return t("measured {share} of the time", share=figures.percent(row.coverage))


def pace(row: Row) -> list[tuple[str, str]]:
    """How fast the budget is being spent: (period, "14.4x") for each period of the report; "-" where unmeasured."""
    words = {"1h": t("last hour"), "6h": t("last 6 hours"), "3d": t("last 3 days")}
    return [
        (words.get(period, period), "-" if ratio is None else figures.times(ratio))
        for period, ratio in row.burn.items()
    ]


def pace_line(row: Row) -> str:
    """The same on one line."""
    return t("spending speed: {periods}", periods=", ".join(f"{speed} ({period})" for period, speed in pace(row)))


def hurried(row: Row) -> bool:
    """Whether the budget is now spent faster than it can last."""
    return any(ratio is not None and ratio > 1 for ratio in row.burn.values())


def owner(row: Row) -> str:
    """Who looks after it."""
    return printable(row.team.name) if row.team else t("no owner")


def doubt(source: SourceHealth) -> str:
    """Why the counts of a source cannot be trusted; empty when they can."""
    if source.trustworthy:
        return ""
    return t(
        "Not to be trusted: {share} of the lines of {source} could not be read, more than the {limit} set.",
        share=figures.percent(_rejected_share(source), source.max_rejected, digits=1),
        source=printable(source.source),
        limit=figures.exact_percent(source.max_rejected),
    )


def kept(row: Row) -> bool | None:
    """Whether the promise is kept; None while that cannot be said."""
    if row.sli is None or row.state in ("filling", "no_data") or not row.source.trustworthy:
        return None
    return row.sli >= row.slo.target


def headline(report: Report) -> str:
    """How many promises are kept."""
    verdicts = [kept(row) for row in report.rows]
    if not verdicts:
        return t("No promises have been made yet.")
    sentences = [t("Promises kept: {kept} of {all}.", kept=verdicts.count(True), all=len(verdicts))]
    if verdicts.count(False):
        sentences.append(t("Broken: {broken}.", broken=verdicts.count(False)))
    if verdicts.count(None):
        sentences.append(t("Cannot be said yet: {unknown}.", unknown=verdicts.count(None)))
    return (" " if language() == "en" else "").join(sentences)


def as_of(report: Report) -> str:
    """The moment the report speaks of."""
    return t("As of {moment}", moment=figures.moment(report.at, report.timezone))


def notes(report: Report) -> list[str]:
    """What else is noteworthy: lines that could not be read, time without data, codes nobody has listed."""
    return [*_reading(report), *_gaps(report), *_codes(report)]


def _reading(report: Report) -> list[str]:
    found = []
    for source in report.sources:
        if source.first_minute is None and not source.lines:
            found.append(t("{source}: nothing has been read.", source=printable(source.source)))
        elif source.rejected:
            found.append(
                t(
                    "{source}: {rejected} of {lines} lines could not be read ({share}).",
                    source=printable(source.source),
                    rejected=figures.whole(source.rejected),
                    lines=figures.whole(source.lines),
                    share=figures.percent(_rejected_share(source), source.max_rejected, digits=1),
                )
            )
        if not source.trustworthy:
            found.append(doubt(source))
    return found


def _gaps(report: Report) -> list[str]:
    """Unmeasured time, said once per source and window."""
    gaps: dict[tuple[str, str], int] = {}
    for row in report.rows:
        missing = row.to_minute - row.from_minute - row.measured_minutes
        if missing and row.source.lines:
            gaps[printable(row.source.source), figures.window(row.slo.window)] = missing
    return [
        t(
            "{source}: no data for {missing} of the last {window}.",
            source=source,
            missing=figures.span(n),
            window=window,
        )
        for (source, window), n in gaps.items()
    ]


def _codes(report: Report) -> list[str]:
    return [
        t(
            "{source}: {column} = {value} is in none of the lists of codes; events: {events}.",
            source=printable(source),
            column=printable(column),
            value=f"'{printable(value)}'",
            events=figures.whole(events),
        )
        for source, column, value, events in report.unknown_codes
    ]


def _rejected_share(source: SourceHealth) -> Fraction:
    return Fraction(source.rejected, source.lines) if source.lines else Fraction(0)
