"""What is said when an alert fires, goes on or ends: facts -> a `Message`, in the language in use.

The summary is one or two plain sentences that stand alone: a telephone reads them out. Everything else is beside it, as
facts and links for people and as `data` for programs (docs/contracts/notification.md).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from kakeibo import clock
from kakeibo.budgets.breakdown import Part
from kakeibo.i18n import language, t
from kakeibo.letters import device_time, figures, phrases, where_page
from kakeibo.model import Journey, Severity, Slo
from kakeibo.notifiers.kinds import Action, Kind, Message, cut

VERSION: Final = 1


@dataclass(frozen=True, slots=True)
class Burning:
    """One objective of a matter. `failing`: the share of the last `over` minutes that went wrong; `left`: of its
    budget; `ends`: when that is spent at this speed, if within its window; `where`: what its failures have in common,
    the most telling first."""

    journey: Journey
    slo: Slo
    failing: Fraction | None = None
    over: int = 0
    bad: int = 0
    speed: Fraction | None = None
    left: Fraction | None = None
    ends: int | None = None
    where: tuple[Part, ...] = ()


@dataclass(frozen=True, slots=True)
class Matter:
    """What a message is about. Minutes since 1970; `zone` is the receiver's. `since`: when it began, as far as events
    tell; `service`: its name for people; `address`: where the product's pages are, or ""; `also`: names of what it
    depends on that burns at the same time."""

    group: str
    severity: Severity
    service: str
    team: str
    since: int
    at: int
    zone: str
    parts: Sequence[Burning]
    runbook: str = ""
    address: str = ""
    also: tuple[str, ...] = ()


def firing(matter: Matter, message_id: str) -> Message:
    """It burns: who is affected, since when, how much is left, and what to do."""
    facts = [fact for part in matter.parts for fact in _facts_of(part, matter)]
    facts += (
        [(t("also burning"), phrases.listed([phrases.printable(name) for name in matter.also]))] if matter.also else []
    )
    return _message(matter, "firing", message_id, _summary(matter), facts, _actions(matter))


def resolved(matter: Matter, message_id: str) -> Message:
    """It is over; `matter.at` is when."""
    lasted = figures.span(max(0, matter.at - matter.since))
    names = _names(matter.parts) or phrases.printable(matter.service)
    summary = t("Over: {names}. It lasted {span}.", names=names, span=lasted)
    facts = [
        (t("began"), figures.moment(matter.since, matter.zone)),
        (t("ended"), figures.moment(matter.at, matter.zone)),
    ]
    facts += [(t("left of {name}", name=_name(part)), _left(part)) for part in matter.parts]
    return _message(matter, "resolved", message_id, summary, facts, ())


def gone_silent(matter: Matter, message_id: str) -> Message:
    """It burnt, and now no event comes any more: nobody can say whether it is over."""
    summary = t(
        "{names}: no event has come in lately. It was failing before; whether it still is, nobody can say.",
        names=_names(matter.parts),
    )
    facts = [(t("began"), figures.moment(matter.since, matter.zone))]
    return _message(matter, "no_data", message_id, summary, facts, _actions(matter))


def acknowledged(matter: Matter, message_id: str, by: str) -> Message:
    """Somebody takes it."""
    summary = t("{name} is looking into it: {names}.", name=phrases.printable(by), names=_names(matter.parts))
    return _message(matter, "acknowledged", message_id, summary, [], ())


def source_silent(matter: Matter, message_id: str, source: str) -> Message:
    """A source delivers nothing: its objectives are blind."""
    summary = t(
        "{source} has delivered nothing since {time}: nobody can say how the users fare.",
        source=phrases.printable(source),
        time=figures.moment_near(matter.since, matter.at, matter.zone),
    )
    facts = [(t("affected"), _names(matter.parts))] if matter.parts else []
    return _message(matter, "no_data", message_id, summary, facts, _actions(matter))


def in_trouble(matter: Matter, message_id: str, what: str) -> Message:
    """We ourselves are in trouble; `what` is a whole sentence."""
    facts = [(t("since"), figures.moment(matter.since, matter.zone))]
    return _message(matter, "worker", message_id, what, facts, ())


def _summary(matter: Matter) -> str:
    since = figures.moment_near(matter.since, matter.at, matter.zone)
    if len(matter.parts) > 1:
        sentence = t("{service}: {names} are failing since {time}.",
                     service=phrases.printable(matter.service), names=_names(matter.parts), time=since)  # fmt: skip
        return phrases.joined([sentence, _budget(_worst(matter), matter)])
    [part] = matter.parts
    share = "-" if part.failing is None else figures.percent(part.failing, digits=1)
    values = {"name": _name(part), "share": share, "span": figures.span(part.over), "time": since}
    sentence = (
        t("{name}: {share} of device time was out of service in the last {span}; it began at {time}.", **values)
        if device_time.is_device_time(part.slo)
        else t("{name}: {share} went wrong in the last {span}; it began at {time}.", **values)
    )
    return phrases.joined([sentence, _budget(part, matter)])


def _worst(matter: Matter) -> Burning:
    """The one that has the least left."""
    return min(matter.parts, key=lambda part: (part.left is None, part.left or 0))


def _brief(matter: Matter, kind: Kind, summary: str) -> str:
    """What fits an SMS, beside the code to answer it."""
    subject = cut(_subject(matter, kind), _BRIEF)
    if kind == "worker":
        return cut(summary, 2 * _BRIEF)
    if kind != "firing" or not matter.parts:
        return subject
    time, worst = figures.moment_near(matter.since, matter.at, matter.zone), _worst(matter)
    if worst.left is None:
        return t("{subject}. Since {time}.", subject=subject, time=time)
    return t("{subject}. Since {time}. Left: {left}.", subject=subject, time=time, left=_left(worst))


def _budget(part: Burning, matter: Matter) -> str:
    """What it costs, in a sentence."""
    if part.left is None:
        return ""
    if device_time.is_device_time(part.slo):
        return _device_time(part, matter)
    if part.left <= 0:
        return t("More has failed than {window} allow.", window=figures.window(part.slo.window))
    left = figures.percent(part.left)
    if part.ends is None:
        return t("{share} of the failures allowed in {window} are left.",
                 share=left, window=figures.window(part.slo.window))  # fmt: skip
    ends = figures.moment_near(part.ends, matter.at, matter.zone)
    return t("{share} of the failures allowed in {window} are left, for this speed until {time}.",
             share=left, window=figures.window(part.slo.window), time=ends)  # fmt: skip


def _device_time(part: Burning, matter: Matter) -> str:
    """The same of a fleet."""
    values = {"share": figures.percent(max(part.left or Fraction(0), Fraction(0))),
              "window": figures.window(part.slo.window)}  # fmt: skip
    if not part.left or part.left <= 0:
        return t("Devices were out of service for longer than {window} allow.", **values)
    if part.ends is None:
        return t("{share} of the time out of service allowed in {window} is left.", **values)
    ends = figures.moment_near(part.ends, matter.at, matter.zone)
    return t("{share} of the time out of service allowed in {window} is left, for this speed until {time}.",
             time=ends, **values)  # fmt: skip


def _facts_of(part: Burning, matter: Matter) -> Iterable[tuple[str, str]]:
    """An objective in labelled figures; named when there are several."""
    prefix = f"{_name(part)}: " if len(matter.parts) > 1 else ""
    if part.failing is not None:
        values = {"share": figures.percent(part.failing, digits=1), "span": figures.span(part.over)}
        if device_time.is_device_time(part.slo):
            share = t("{share} of the last {span} ({bad} of device time)", bad=device_time.hours(part.bad), **values)
        else:
            share = t("{share} of the last {span} ({bad} failures)", bad=figures.whole(part.bad), **values)
        yield prefix + t("failing"), share
    if part.speed is not None:
        yield prefix + t("spending speed"), figures.times(part.speed)
    yield prefix + t("left"), _left(part)
    for one in part.where:
        yield prefix + t("most affected"), where_page.sentence(one)


def _left(part: Burning) -> str:
    if part.left is None:
        return t("nothing measured")
    if part.left < 0:
        return t("overspent by {share}", share=figures.percent(-part.left))
    return figures.percent(part.left)


def _name(part: Burning) -> str:
    return t("{title} ({aspect})", title=phrases.title(part.journey)[0], aspect=phrases.aspect(part.slo))


def _names(parts: Sequence[Burning]) -> str:
    return phrases.listed([_name(part) for part in parts])


def _actions(matter: Matter) -> tuple[Action, ...]:
    page = f"{matter.address}/alerts" if matter.address else ""
    return (
        Action("acknowledge", t("I am looking into it"), matter.group, page),
        Action("silence", t("Quiet for one hour"), matter.group, page),
    )


def _message(
    matter: Matter,
    kind: Kind,
    message_id: str,
    summary: str,
    facts: Sequence[tuple[str, str]],
    actions: tuple[Action, ...],
) -> Message:
    links = [(t("what to do"), matter.runbook)] if matter.runbook else []
    if matter.address:
        links += [(_name(part), f"{matter.address}/journeys/{part.journey.key}") for part in matter.parts[:_LINKS]]
    if matter.team:
        facts = [*facts, (t("owner"), phrases.printable(matter.team))]
    return Message(
        id=message_id,
        group=matter.group,
        kind=kind,
        severity=matter.severity,
        subject=_subject(matter, kind),
        summary=summary,
        at=matter.at * 60,
        language=language(),
        brief=_brief(matter, kind, summary),
        facts=tuple(facts),
        links=tuple(links),
        actions=actions,
        data=_data(matter, kind),
    )


_LINKS: Final = 3
_BRIEF: Final = 70
"""Characters of a subject in an SMS."""


def _subject(matter: Matter, kind: Kind) -> str:
    """A line for lists and mail: what, and whether it hurries."""
    names = _names(matter.parts[:_LINKS]) or phrases.printable(matter.service)
    words: dict[Kind, str] = {
        "firing": t("Urgent: {names}") if matter.severity == "page" else t("To look into: {names}"),
        "resolved": t("Over: {names}"),
        "acknowledged": t("Taken: {names}"),
        "no_data": t("No data: {names}"),
    }
    return words.get(kind, "{names}").format(names=names)


def _data(matter: Matter, kind: Kind) -> dict[str, object]:
    """The same for programs: exact fractions as texts, times as ISO 8601 in UTC."""
    return {
        "version": VERSION,
        "kind": kind,
        "group": matter.group,
        "severity": matter.severity,
        "service": matter.service,
        "team": matter.team,
        "since": clock.iso(matter.since),
        "at": clock.iso(matter.at),
        "runbook": matter.runbook or None,
        "slos": [
            {
                "slo": part.slo.name,
                "target": str(part.slo.target),
                "failing": _text(part.failing),
                "over_minutes": part.over,
                "bad": part.bad,
                "burn": _text(part.speed),
                "budget_left": _text(part.left),
                "budget_ends": None if part.ends is None else clock.iso(part.ends),
                "where": [_contributor(one) for one in part.where],
            }
            for part in matter.parts
        ],
    }


def _contributor(part: Part) -> dict[str, object]:
    """One value of a column, of which the failures have much more than the successes."""
    return {
        "column": part.column,
        "kind": part.kind,
        "value": part.value if part.kind == "value" else None,
        "bad": part.count.bad,
        "good": part.count.good,
        "all_bad": part.whole.bad,
        "all_good": part.whole.good,
        "sentence": where_page.sentence(part),
    }


def _text(number: Fraction | None) -> str | None:
    return None if number is None else str(number)
