"""The facts of one row in plain words: the sentences that the terminal, Markdown and the page share.

A target is called a promise, the error budget the failures it allows; the glossary gives the field's own terms.
"""

from __future__ import annotations

from fractions import Fraction

from kakeibo.budgets.left_out import LeftOut
from kakeibo.budgets.promises import Other
from kakeibo.budgets.report import Row, SourceHealth
from kakeibo.definitions import menu
from kakeibo.i18n import language, t
from kakeibo.letters import device_time, figures
from kakeibo.model import Journey, Method, Slo, State, Team


def printable(text: str, limit: int = 80) -> str:
    """Text from a log or a book, safe to show: control characters become visible, too much is cut."""
    shown = "".join(char if char.isprintable() else f"\\x{ord(char):02x}" for char in text[: limit + 1])
    return shown if len(text) <= limit else shown[:limit] + "..."


def joined(sentences: list[str]) -> str:
    """Sentences in a row: Japanese sets no space between them."""
    return (" " if language() == "en" else "").join(sentences)


def listed(parts: list[str]) -> str:
    """Parts of one sentence, with the comma of the language."""
    return (", " if language() == "en" else "、").join(parts)


def title(journey: Journey) -> tuple[str, str]:
    """The journey's name and the language it is written in: the language in use where there is one."""
    for lang in (language(), *journey.title):
        if journey.title.get(lang):
            return printable(journey.title[lang], limit=160), lang
    return printable(journey.key), "en"


def aspect(slo: Slo) -> str:
    """Which side of the journey an SLO looks at; the usual names of the field in plain words."""
    name = slo.name.rpartition("/")[2]
    if device_time.is_device_time(slo) and name == "in_service":
        return t("in service")
    if sli_type := menu.named(name):
        return t(menu.MENU[sli_type].word)
    first, _, limit = name.partition("-")
    if slo.short and first == slo.sli_type and slo.short.endswith(limit):  # one of several limits: latency-300ms
        return f"{t(menu.MENU[slo.sli_type].word)} {limit}"
    return printable(name)


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
    return left_words(row.left_ratio)


def left_words(ratio: Fraction | None) -> str:
    """The same of a share of the budget."""
    if ratio is None:
        return t("nothing measured")
    if ratio < 0:
        return t("overspent by {share}", share=figures.percent(-ratio))
    return t("{share} left", share=figures.percent(ratio))


def reached(row: Row) -> str:
    """The share reached against the share promised."""
    target = figures.exact_percent(row.slo.target)
    if row.sli is None:
        return t("{target} promised", target=target)
    return t("{sli} reached, {target} promised", sli=sli(row), target=target)


def sli(row: Row) -> str:
    """The share of good events, with the digits that tell it from its target."""
    return "-" if row.sli is None else figures.percent(row.sli, row.slo.target, digits=2)


def allowed(row: Row) -> str:
    """How many failures the promise allows."""
    return allowance(row.slo, row.allowed, row.count.spent)


def allowance(slo: Slo, allowed: Fraction, spent: Fraction | int) -> str:
    """The same of any promise, beside what is spent."""
    return device_time.hours(allowed, spent) if device_time.is_device_time(slo) else figures.allowance(allowed, spent)


def bad(row: Row) -> str:
    """How many failures were spent; of slices that are weighed by their share, parts too."""
    return failed(row.slo, row.count.spent, row.allowed)


def valid(slo: Slo, number: int) -> str:
    """How much counted: events, spans or device time."""
    return device_time.hours(number) if device_time.is_device_time(slo) else figures.whole(number)


def failed(slo: Slo, number: Fraction | int, *against: Fraction | int) -> str:
    """How much of it failed, in order against others."""
    return (device_time.hours if device_time.is_device_time(slo) else figures.amount)(number, *against)


def column(slo: Slo) -> str:
    """What stands above `valid` in a table."""
    return {"events": t("Events"), "slices": t("Spans"), "device_seconds": t("Device time")}[slo.unit]


def spent(row: Row) -> str:
    """Failures against the failures allowed."""
    if device_time.is_device_time(row.slo):
        return device_time.spent(row, bad(row), allowed(row))
    if not row.count.valid:
        return t("not one event counted")
    if row.unit == "slices":
        return t("{bad} of {allowed} allowed bad spans spent", bad=bad(row), allowed=allowed(row))
    return t("{bad} of {allowed} allowed failures spent", bad=bad(row), allowed=allowed(row))


def within(row: Row) -> str:
    """When it happened: "in 28 days", "so far this month"."""
    return figures.within(row.slo.window, row.to_minute)


def account(row: Row) -> str:
    """The whole account in a sentence or two."""
    if device_time.is_device_time(row.slo):
        return joined([device_time.account(row, bad(row), allowed(row), within(row)), *asides(row)])
    if not row.count.valid:
        return joined([t("Not one event was counted {within}.", within=within(row)), *asides(row)])
    values = {
        "valid": figures.whole(row.count.valid),
        "within": within(row),
        "bad": bad(row),
        "allowed": allowed(row),
    }
    if row.unit == "slices":
        return _account_of_slices(row, values)
    sentence = t("Of {valid} events {within}, {bad} failed; {allowed} were allowed.", **values)
    return joined([sentence, *asides(row)])


def _account_of_slices(row: Row, values: dict[str, str]) -> str:
    method = row.slo.method
    span = figures.span(method.slice_minutes)
    if method.at_least is not None:
        number, age = figures.whole(method.at_least), figures.span(method.within_minutes)
        if method.within_minutes == method.slice_minutes:
            return t(
                "Of {valid} spans of {span} {within}, {bad} had fewer than {n} events; {allowed} were allowed.",
                span=span,
                n=number,
                **values,
            )
        if method.at_least == 1:
            return t(
                "Of {valid} spans of {span} {within}, {bad} came to their end without an event for {age}; "
                "{allowed} were allowed.",
                span=span,
                age=age,
                **values,
            )
        return t(
            "Of {valid} spans of {span} {within}, {bad} had fewer than {n} events in the {age} up to their end; "
            "{allowed} were allowed.",
            span=span,
            n=number,
            age=age,
            **values,
        )
    if method.slice_target is not None:
        share = figures.exact_percent(method.slice_target)
        return t(
            "Of {valid} spans of {span} {within}, {bad} fell below {share}; {allowed} were allowed.",
            span=span,
            share=share,
            **values,
        )
    return t(
        "Over {valid} spans of {span} {within}, {sli} of the events went well on average: "
        "the failures add up to {bad} whole spans; {allowed} were allowed.",
        span=span,
        sli=sli(row),
        **values,
    )


def judged(method: Method) -> str:
    """How slices of time are judged; empty when events are counted."""
    span = figures.span(method.slice_minutes)
    if method.kind == "counted_slices":
        return t(
            "spans of {span} with {n} or more good events in the {age} up to their end; "
            "without data they are not measured",
            span=span,
            n=figures.whole(method.at_least or 0),
            age=figures.span(method.within_minutes),
        )
    if method.slice_target is not None:
        share = figures.exact_percent(method.slice_target)
        return t("spans of {span} in which at least {share} of the events go well", span=span, share=share)
    return t("spans of {span}, each by its share of good events", span=span) if method.slice_minutes else ""


def asides(row: Row) -> list[str]:
    """What else became of the events: those that could not be judged, those left out."""
    notes = []
    if row.count.unknown:
        notes.append(
            t("Could not be judged, hence counted as failed: {unknown}.", unknown=figures.whole(row.count.unknown))
        )
    by_rule = row.count.void - sum(part.count.valid for part in row.adjusted)
    if by_rule > 0:  # of slices nothing is void
        told = device_time.held(by_rule) if device_time.is_device_time(row.slo) else ""
        notes.append(told or t("Left out by rule: {void}.", void=figures.whole(by_rule)))
    notes += [left_out(part, row.slo) for part in row.adjusted]
    return notes


def daily(row: Row) -> str:
    """What the daily picture shows."""
    words = {
        "events": t("Share of good events per day"),
        "slices": t("Share of good spans of time per day"),
        "device_seconds": t("Share of device time in service, per day"),
    }
    return words[row.unit]


def mixed(row: Row, zone: str) -> str:
    """Whether the numbers are of one definition and complete; empty when they are."""
    notes = []
    if row.redefined is not None and row.redefined >= row.to_minute:
        notes.append(t("All of this was measured by an earlier definition."))
    elif row.redefined is not None:
        day = figures.short_day(row.redefined, zone)
        notes.append(t("Measured differently before {day}: the numbers mix both.", day=day))
    if row.counted_since is not None and row.counted_since >= row.to_minute:
        notes.append(t("Events of this time were not counted in full."))
    elif row.counted_since is not None:
        notes.append(t("Counted in full only since {day}.", day=figures.short_day(row.counted_since, zone)))
    return joined([*notes, *(otherwise_promised(other, row, zone) for other in row.promised)])


def otherwise_promised(other: Other, row: Row, zone: str) -> str:
    """What was promised in part of the window, and what would be left by it; or what is promised since then."""
    words = {"target": figures.exact_percent(other.promise.target), "span": figures.window(other.promise.window)}
    if other.until is None:
        day = figures.short_day(other.promise.since or 0, zone)
        return t("Judged as promised then; since {day} it is {target} ({span}).", day=day, **words)
    words["day"] = figures.short_day(other.until, zone)
    if other.promise.method != row.slo.method:
        return t("Until {day} the promise was {target} ({span}), counted in another way.", **words)
    return t(
        "Until {day} the promise was {target} ({span}); by it: {left}.", left=left_words(other.left_ratio), **words
    )


def left_out(part: LeftOut, slo: Slo) -> str:
    """What an adjustment left out, and on whose word."""
    slip = part.slip
    values = {
        "span": figures.span(part.minutes),
        "author": printable(slip.author),
        "reason": printable(slip.reason, limit=200),
        "good": valid(slo, part.count.good),
        "bad": valid(slo, part.count.bad),
    }
    if device_time.is_device_time(slo):
        return device_time.left_out(slip.kind == "maintenance", values)
    if slip.kind == "maintenance":
        return t("{span} left out as maintenance ({author}: {reason}): good {good}, failed {bad}.", **values)
    return t("{span} left out ({author}: {reason}): good {good}, failed {bad}.", **values)


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
    return t("spending speed: {periods}", periods=listed([f"{speed} ({period})" for period, speed in pace(row)]))


def hurried(row: Row) -> bool:
    """Whether the budget is now spent faster than it can last."""
    return any(ratio is not None and ratio > 1 for ratio in row.burn.values())


def owner(row: Row) -> str:
    """Who looks after it."""
    return looked_after(row.team, row.owner)


def looked_after(team: Team | None, owner: Team | None) -> str:
    """Who operates it, and who can improve it where that is another team."""
    operator = printable(team.name) if team else t("no owner")
    if owner is None or owner == team:
        return operator
    return t("operated by {team}, improved by {owner}", team=operator, owner=printable(owner.name))


def doubt(source: SourceHealth) -> str:
    """Why the counts of a source cannot be trusted; empty when they can."""
    if source.trustworthy:
        return ""
    return t(
        "Not to be trusted: {share} of the lines of {source} could not be read, more than the {limit} set.",
        share=figures.percent(rejected_share(source), source.max_rejected, digits=1),
        source=printable(source.source),
        limit=figures.exact_percent(source.max_rejected),
    )


def kept(row: Row) -> bool | None:
    """Whether the promise is kept; None while that cannot be said."""
    if row.sli is None or row.state in ("filling", "no_data") or not row.source.trustworthy:
        return None
    return row.sli >= row.slo.target


def rejected_share(source: SourceHealth) -> Fraction:
    """The share of a source's lines that could not be read."""
    return Fraction(source.rejected, source.lines) if source.lines else Fraction(0)
