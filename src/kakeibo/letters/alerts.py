"""Alerts in the terminal: what fires, since when, who takes it; what changed; silences; stages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from kakeibo.alerts.acknowledgements import Acknowledgement
from kakeibo.alerts.record import Flip
from kakeibo.alerts.stages import Move
from kakeibo.i18n import t
from kakeibo.letters import figures, phrases
from kakeibo.letters.lines import Page
from kakeibo.model import Journey, Severity, Slip, Slo, Stage


@dataclass(frozen=True, slots=True)
class Firing:
    """An alert that is not quiet: its last flip, since which minute it burns, and what people did about it. `told_as`:
    None while it is told to nobody. `about`: the SLO it is of."""

    flip: Flip
    since: int
    about: tuple[tuple[Journey, Slo], ...]
    told_as: Severity | None
    taken: Acknowledgement | None
    silence: Slip | None


@dataclass(frozen=True, slots=True)
class Standing:
    """As of minute `at`. `decided`, `healthy`: the last minute that was decided, and the last round without a fault;
    `waiting`: how many letters are due and not delivered, and for how many seconds the oldest has been."""

    at: int
    decided: int | None
    healthy: int | None
    waiting: tuple[int, int]
    firing: Sequence[Firing]
    flips: Sequence[Flip]


@dataclass(frozen=True, slots=True)
class Staged:
    """An SLO, its stage and the decisions that led there."""

    slo: Slo
    stage: Stage
    moves: tuple[Move, ...]


def render(found: Standing, zone: str, *, width: int, colour: bool) -> str:
    """What fires, then what changed, the newest last."""
    page = Page(width, colour)
    if found.decided is None:
        page.line(t("Nothing has been decided yet: run kakeibo work."))
        return page.text()
    page.line(t("As of {time}.", time=figures.moment(found.decided, zone)))
    if found.healthy is None or found.decided - found.healthy >= _LATE:
        page.line(_health(found.healthy, zone), style="yellow")
    if not found.firing:
        page.line(t("Nothing fires."), style="green")
    for one in found.firing:
        page.line()
        _firing(page, one, zone)
    if found.waiting[0]:
        page.line()
        number, longest = figures.whole(found.waiting[0]), figures.span(found.waiting[1] // 60)
        late = t("{n} messages are not delivered yet, the oldest for {span}.", n=number, span=longest)
        page.line(late, style="yellow")
    if found.flips:
        page.line()
        page.line(t("What changed:"), style="bold")
    for flip in found.flips:
        change = t("{name}: {before} -> {after} ({reason})", name=_called(flip), before=state_word(flip.before),
                   after=state_word(flip.after), reason=reason_word(flip.reason))  # fmt: skip
        page.line(f"{figures.moment(flip.at, zone)}  {change}", indent=2)
    return page.text()


def _health(healthy: int | None, zone: str) -> str:
    """That rounds fail: what is shown may be incomplete."""
    if healthy is None:
        return t("No round has gone well yet.")
    return t("The last round in which all went well: {time}.", time=figures.moment(healthy, zone))


_LATE = 3
"""Minutes for which the last round without a fault may lie back."""


def _firing(page: Page, one: Firing, zone: str) -> None:
    flip = one.flip
    urgent = flip.alert.severity == "page" and flip.after == "firing"
    page.line(f"{_named(one)}: {state_word(flip.after)}", style="bold red" if urgent else "yellow")
    page.line(t("since {time}; alert {group}", time=figures.moment(one.since, zone), group=flip.group), indent=2)
    left = flip.facts.get("budget_left")
    if left is not None:
        page.line(_left(Fraction(str(left))), indent=2)
    if one.told_as is None:
        page.line(t("Provisional: nobody is told."), indent=2)
    if one.silence:
        page.line(t("Silenced until {time} by {who}: {why}", time=figures.moment(one.silence.to_minute, zone),
                    who=phrases.printable(one.silence.author), why=phrases.printable(one.silence.reason, 300)),
                  indent=2)  # fmt: skip
    if one.taken:
        page.line(taken(one.taken, zone), indent=2)


def taken(by: Acknowledgement, zone: str) -> str:
    """Who takes it, since when, where they said so, and their words."""
    sentence = t("{who} is looking into it since {time}; said {where}.", who=phrases.printable(by.author),
                 time=figures.moment(by.at // 60, zone), where=_where_said(by.origin))  # fmt: skip
    return phrases.joined([sentence, *([phrases.printable(by.note, 300)] if by.note else [])])


def _where_said(origin: str) -> str:
    words = {
        "cli": t("on the command line"),
        "web": t("on the page of alerts"),
        "chat": t("in chat"),
        "phone": t("by telephone"),
        "sms": t("by text message"),
    }
    return words.get(origin, phrases.printable(origin))


def _left(left: Fraction) -> str:
    """What was left of the budget when the alert changed."""
    if left < 0:
        return t("Overspent by {share} when it changed.", share=figures.percent(-left))
    return t("Left of what may fail when it changed: {share}.", share=figures.percent(left))


def _named(one: Firing) -> str:
    """In people's words, with the name that commands take."""
    if not one.about:
        return _called(one.flip)
    [(journey, slo)] = one.about
    title = t("{title} ({aspect})", title=phrases.title(journey)[0], aspect=phrases.aspect(slo))
    return f"{title}, {_called(one.flip)}"


def _called(flip: Flip) -> str:
    return f"{flip.alert.subject} [{flip.alert.severity}]"


def state_word(state: str) -> str:
    """The state of an alert in plain words."""
    return {"quiet": t("quiet"), "firing": t("fires"), "no_data": t("no events")}[state]


def reason_word(reason: str) -> str:
    """Why, in plain words."""
    words = {
        "burning": t("fails faster than allowed"),
        "slow": t("fails no faster than allowed"),
        "over": t("has stopped"),
        "few": t("too few failures to tell"),
        "silent": t("no event comes any more"),
        "silent_now": t("no event comes any more"),
        "removed": t("no longer in the book"),
        "left_out": t("left out by maintenance"),
        "delivers": t("delivers again"),
        "space": t("free space on the disk"),
        "trouble": t("a step of the worker fails"),
        "well": t("all steps work"),
    }
    return words.get(reason, reason)


def silences(found: Sequence[Slip], zone: str, *, width: int, colour: bool) -> str:
    """Silences in the order in which they were entered."""
    page = Page(width, colour)
    if not found:
        page.line(t("Nothing has been silenced."))
    for place, slip in enumerate(found):
        if place:
            page.line()
        page.pair(str(slip.id), phrases.printable(slip.what), style="bold", indent=5)
        page.line(t("{start} to {end} ({span})", start=figures.moment(slip.from_minute, zone),
                    end=figures.moment(slip.to_minute, zone), span=figures.span(slip.to_minute - slip.from_minute)),
                  indent=5)  # fmt: skip
        page.line(f"{phrases.printable(slip.author)}: {phrases.printable(slip.reason, 500)}", indent=5)
        if slip.revoked:
            page.line(t("Revoked by {who}, {when}: {why}", who=phrases.printable(slip.revoked.author),
                        when=figures.moment(slip.revoked.at, zone), why=phrases.printable(slip.revoked.reason, 500)),
                      style="yellow", indent=5)  # fmt: skip
    return page.text()


def stages(rows: Sequence[Staged], zone: str, *, width: int, colour: bool) -> str:
    """Every SLO with its stage; the decisions below it."""
    page = Page(width, colour)
    for row in rows:
        page.pair(stage_word(row.stage), row.slo.name, indent=18)
        for move in row.moves:
            page.line(t("{when}: {stage}, by {who}: {why}", when=figures.moment(move.at // 60, zone),
                        stage=stage_word(move.stage), who=phrases.printable(move.author),
                        why=phrases.printable(move.reason, 300)), style="dim", indent=18)  # fmt: skip
    return page.text()


def stage_word(stage: Stage) -> str:
    """A stage, in plain words."""
    return {"provisional": t("provisional"), "ticket": t("ticket"), "page": t("page")}[stage]
