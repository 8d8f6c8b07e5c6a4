"""Incidents in words: lists, the summary with which latecomers catch up, the timeline."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from kakeibo import clock
from kakeibo.i18n import marked, t
from kakeibo.incidents.durations import Durations, Spread
from kakeibo.incidents.likeness import Likeness
from kakeibo.incidents.nouns import ROLES, Detection, Edge, Entry, Harm, Incident, Origin, State, Task
from kakeibo.letters import figures, phrases
from kakeibo.letters.lines import Page
from kakeibo.model import Book

_STATES: Final[Mapping[State, str]] = {
    "open": marked("open: nobody has taken it"),
    "acknowledged": marked("being worked on"),
    "mitigated": marked("users no longer harmed, cause still there"),
    "resolved": marked("resolved"),
    "merged": marked("part of another incident"),
}
_ORIGINS: Final[Mapping[Origin, str]] = {
    "alert": marked("opened by an alert"),
    "hand": marked("opened by hand"),
    "chat": marked("opened from the chat"),
    "support": marked("opened by questions to support"),
}
_ROLES: Final[Mapping[str, str]] = {
    "commander": marked("leads (commander)"),
    "scribe": marked("writes it down (scribe)"),
    "communications": marked("tells others (communications)"),
}
_DETECTIONS: Final[Mapping[Detection, str]] = {
    "alert": marked("by an alert"),
    "acknowledgement": marked("by somebody"),
    "enquiry": marked("by a question to support"),
}
_WORST: Final = 3


@dataclass(frozen=True)
class View:
    """An incident with what belongs to it: `entries` in its whole timeline, earlier ones of the same pattern, and
    `now` in seconds."""

    book: Book
    incident: Incident
    entries: int
    alike: Sequence[tuple[Incident, Likeness]]
    now: int

    @property
    def zone(self) -> str:
        return self.book.organisation.timezone


def state_word(state: State) -> str:
    return t(_STATES[state])


def role_word(role: str) -> str:
    return t(_ROLES[role])


def heading(one: Incident) -> str:
    """Its number, title and whether it is for some eyes only."""
    title = t("Incident {id}: {title}", id=one.id, title=phrases.printable(one.title, 200))
    return f"{title} {t('(private)')}" if one.private else title


# -- the summary for whoever joins late -------------------------------------------------------------------------------


def summary(view: View) -> list[str]:
    """What somebody who joins now has to know, in a few sentences: state, harm, cost, people, what comes next."""
    one = view.incident
    sentences = [
        _state(view),
        _began(view),
        _detected(view.incident),
        _harm(view),
        _cost(view),
        _people(one),
        _last_update(view),
        _open_tasks(view),
    ]
    return [sentence for sentence in [*sentences, _pattern(view)] if sentence]


def _state(view: View) -> str:
    one = view.incident
    if one.merged_into is not None:
        return t("It is part of incident {id} and goes on there.", id=one.merged_into)
    end = one.resolved_at if one.resolved_at is not None else view.now
    age = figures.span(max(0, end - one.opened_at) // 60)
    words = {"state": state_word(one.state), "origin": t(_ORIGINS[one.origin]),
             "time": figures.moment(one.opened_at // 60, view.zone), "age": age}  # fmt: skip
    if one.resolved_at is not None:
        return t("State: {state}. It was {origin} at {time} and took {age}.", **words)
    return t("State: {state}. It was {origin} at {time}, {age} ago.", **words)


def _began(view: View) -> str:
    found = view.incident.measured
    if found is None or found.start is None:
        return t("The counts show no impact so far.")
    start = edge(found.start, view.zone)
    if found.end is None:
        return t("Users have been hit since {start}, by the counts until {at}.", start=start,
                 at=figures.moment_near(found.at, found.start.minute, view.zone))  # fmt: skip
    return t("Users were hit from {start} to {end} ({span}).", start=start, end=edge(found.end, view.zone),
             span=figures.span(found.end.minute - found.start.minute))  # fmt: skip


def _detected(one: Incident) -> str:
    took, found = one.time_to_detect, one.measured
    if took is None or found is None or found.detection is None:
        return ""
    how = t(_DETECTIONS[found.detection])
    if took < 60:
        return t("It was noticed at once, {how}.", how=how)
    return t("It was noticed after {span}, {how}.", span=figures.span(took // 60), how=how)


def edge(one: Edge, zone: str) -> str:
    """A measured minute, with the interval in which it lies where that is wider."""
    moment = figures.moment(one.minute, zone)
    if one.earliest == one.latest:
        return moment
    first, last = (clock.local(minute, zone).strftime("%H:%M") for minute in (one.earliest, one.latest))
    return t("{moment} (between {first} and {last})", moment=moment, first=first, last=last)


def typed(one: Incident, zone: str) -> str:
    """When somebody says that it was; empty when nobody does."""
    start, end = (
        None if minute is None else figures.moment(minute, zone) for minute in (one.typed.start, one.typed.end)
    )
    if start and end:
        return t("As people say: from {start} to {end}.", start=start, end=end)
    if start:
        return t("As people say: since {start}.", start=start)
    return t("As people say: until {end}.", end=end) if end else ""


def harm_line(book: Book, harm: Harm) -> str:
    """What one objective lost."""
    share = Fraction(harm.bad, harm.valid) if harm.valid else Fraction(0)
    words = {"name": objective(book, harm.slo), "bad": figures.whole(harm.bad), "valid": figures.whole(harm.valid),
             "share": figures.percent(share), "above": figures.amount(max(Fraction(0), harm.above))}  # fmt: skip
    line = t("{name}: {bad} of {valid} failed ({share}), {above} more than usual", **words)
    if harm.share is None:
        return line
    return t("{line}; {burnt} of what is allowed", line=line, burnt=figures.percent(harm.share))


def objective(book: Book, name: str) -> str:
    """An SLO for people: what users do, and which side of it."""
    for journey in book.journeys.values():
        for slo in journey.slos:
            if slo.name == name:
                return t("{title} ({aspect})", title=phrases.title(journey)[0], aspect=phrases.aspect(slo))
    return name


def _harm(view: View) -> str:
    hit = [harm for harm in worst(view.incident) if harm.above > 0][:_WORST]
    if not hit:
        return ""
    lines = [t("{name}, of which {share} failed", name=objective(view.book, harm.slo),
               share=figures.percent(Fraction(harm.bad, harm.valid))) for harm in hit]  # fmt: skip
    return t("Hit most: {lines}.", lines="; ".join(lines))


def worst(one: Incident) -> list[Harm]:
    """What it did to its objectives, the largest share of a budget first."""
    harms = one.measured.harms if one.measured else ()
    return sorted(harms, key=lambda harm: (-(harm.share or 0), harm.slo))


def _cost(view: View) -> str:
    burnt = view.incident.burnt
    if burnt is None:
        return ""
    return t("Of one objective it has burnt {share} of all that may fail.", share=figures.percent(burnt))


def _people(one: Incident) -> str:
    held = [t("{person} {role}", person=phrases.printable(one.roles[role]), role=role_word(role))
            for role in ROLES if one.roles.get(role)]  # fmt: skip
    return t("Who does what: {people}.", people=", ".join(held)) if held else t("Nobody leads it yet.")


def _last_update(view: View) -> str:
    updates = [entry for entry in view.incident.timeline if entry.kind == "update"]
    if not updates:
        return ""
    last = updates[-1]
    time = figures.moment_near(last.at // 60, view.now // 60, view.zone)
    words = {"time": time, "author": phrases.printable(last.author), "text": phrases.printable(last.text, 500)}
    return t("Last update ({time}, {author}): {text}", **words)


def _open_tasks(view: View) -> str:
    left = [task for task in view.incident.tasks if task.done is None]
    return t("To be done: {tasks}.", tasks="; ".join(task_line(task, view.zone) for task in left)) if left else ""


def task_line(task: Task, zone: str) -> str:
    """A task with its number, owner and due time."""
    line = t("[{id}] {text}", id=task.id, text=phrases.printable(task.text, 200))
    if task.owner:
        line = t("{line}, {owner}", line=line, owner=phrases.printable(task.owner))
    return t("{line}, by {time}", line=line, time=figures.moment(task.due // 60, zone)) if task.due else line


def _pattern(view: View) -> str:
    if not view.alike:
        return ""
    other, like = view.alike[0]
    sentence = t("Same pattern as incident {id} of {day} ({title}).", id=other.id, title=phrases.printable(other.title),
                 day=figures.day(other.opened_at // 60, view.zone))  # fmt: skip
    both = [
        *(phrases.title(view.book.journeys[key])[0] for key in like.journeys if key in view.book.journeys),
        *like.marks,
    ]
    return phrases.joined([sentence, t("Both have: {what}.", what=", ".join(phrases.printable(one) for one in both))])


# -- the timeline -----------------------------------------------------------------------------------------------------


def entry_line(book: Book, entry: Entry) -> str:
    """What a line of the timeline says, without its time and author."""
    text, detail = phrases.printable(entry.text, 2_000), entry.detail
    words: dict[str, str] = {
        "opened": t("Opened: {text}", text=text),
        "renamed": t("Called from now on: {text}", text=text),
        "acknowledged": t("Takes it"),
        "mitigated": t("Users are no longer harmed. {text}", text=text),
        "resolved": t("Over. {text}", text=text),
        "reopened": t("Opened again: {text}", text=text),
        "merged": t("Goes on in incident {id}. {text}", id=detail.get("into"), text=text),
        "took_in": t("Takes in incident {id}. {text}", id=detail.get("taken"), text=text),
        "made_private": t("Only for its teams from now on"),
        "made_public": t("For everybody to see from now on"),
        "note": text,
        "message": t("From the chat: {text}", text=text),
        "task": t("To be done: [{id}] {text}", id=detail.get("task"), text=text),
        "task_done": t("Done: [{id}] {text}", id=detail.get("task"), text=text),
        "enquiry": t("A user asked: {text}", text=text),
        "grant": t("Access [{id}] opened: {text}, for {person}", id=detail.get("grant"), text=text,
                   person=detail.get("person", "")),
        "grant_over": t("Access [{id}] closed: {text}, for {person}", id=detail.get("grant"), text=text,
                        person=detail.get("person", "")),
    }  # fmt: skip
    if entry.kind in words:
        return words[entry.kind].strip()
    return _other_line(book, entry, text)


def _other_line(book: Book, entry: Entry, text: str) -> str:
    detail = entry.detail
    if entry.kind == "update":
        everyone = detail.get("register") == "everyone"
        return t("Update for everyone: {text}", text=text) if everyone else t("Technical update: {text}", text=text)
    if entry.kind == "role":
        if not text:
            return t("Nobody any more: {role}", role=role_word(detail["role"]))
        return t("{person} {role}", person=text, role=role_word(detail["role"]))
    if entry.kind in ("alert", "alert_over"):
        name = objective(book, entry.text)
        return t("Alert: {name}", name=name) if entry.kind == "alert" else t("Alert over: {name}", name=name)
    if entry.kind == "release":
        if "verdict" not in detail:
            return t("Went live: {what}", what=text)
        return t("Release of {service} asked about at the gate: {verdict}", service=text, verdict=detail["verdict"])
    if entry.kind == "call":
        return (
            t("{person} answers the call", person=text) if detail.get("answered") else t("{team} is called", team=text)
        )
    zone = book.organisation.timezone
    start, end = (figures.moment(int(detail[key]), zone) if detail.get(key) else "-" for key in ("start", "end"))
    if entry.kind == "times":
        return t("As people say: from {start} to {end}. {why}", start=start, end=end, why=text)
    return t("By the counts: from {start} to {end}", start=start, end=end)


# -- for the terminal -------------------------------------------------------------------------------------------------


def render(view: View, *, width: int, colour: bool, only_milestones: bool = False) -> str:
    """One incident: the summary first, then all there is."""
    page, one = Page(width, colour), view.incident
    page.line(heading(one), style="bold")
    for sentence in summary(view):
        page.line(sentence)
    if said := typed(one, view.zone):
        page.line(said)
    harms = worst(one)
    if harms:
        page.line()
        for harm in harms:
            page.line(harm_line(view.book, harm), indent=2)
    page.line()
    _timeline(page, view, [entry for entry in one.timeline if entry.milestone or not only_milestones])
    return page.text()


def _timeline(page: Page, view: View, entries: Sequence[Entry]) -> None:
    left = view.entries - len(view.incident.timeline)
    if left > 0:
        page.line(t("({n} earlier lines: --entries shows more)", n=figures.whole(left)), style="dim")
    day = None
    for entry in entries:
        moment = clock.local(entry.at // 60, view.zone)
        if moment.date() != day:
            day = moment.date()
            page.line(figures.day(entry.at // 60, view.zone), style="bold")
        mark = "* " if entry.milestone else "  "
        text = t("{what} ({author})", what=entry_line(view.book, entry), author=phrases.printable(entry.author))
        page.pair(f"{mark}{moment:%H:%M} [{entry.id}]", text, style="bold" if entry.milestone else "", indent=16)


def listing(found: Sequence[Incident], zone: str, *, width: int, colour: bool) -> str:
    """Incidents, one a line, the newest first."""
    page = Page(width, colour)
    if not found:
        page.line(t("No incident."))
    for one in found:
        page.pair(str(one.id), phrases.printable(one.title, 200), style="bold", indent=6)
        page.line(line_of(one, zone), indent=6)
    return page.text()


def line_of(one: Incident, zone: str) -> str:
    """When it was, how it stands, what it burnt."""
    start = one.measured.start if one.measured else None
    when = figures.moment(start.minute if start else one.opened_at // 60, zone)
    restored = one.time_to_restore
    parts = [when, *([figures.span(restored // 60)] if restored is not None else []), state_word(one.state)]
    if one.burnt is not None:
        parts.append(t("{share} of a budget", share=figures.percent(one.burnt)))
    return ", ".join(parts)


# -- statistics -------------------------------------------------------------------------------------------------------


def statistics(groups: Mapping[str, Durations], *, width: int, colour: bool) -> str:
    """How long incidents took, for each group."""
    page = Page(width, colour)
    for place, (name, one) in enumerate(groups.items()):
        if place:
            page.line()
        page.line(t("{name}: incidents: {n}", name=name, n=figures.whole(one.n)), style="bold")
        for label, text in rows(one):
            page.pair(label, text, indent=31)
    return page.text()


def rows(one: Durations) -> Iterable[tuple[str, str]]:
    """The lines of a group: what, and how long."""
    yield t("until detected (MTTD)"), spread(one.to_detect)
    yield t("until taken (MTTA)"), spread(one.to_acknowledge)
    yield t("until users were well (MTTR)"), spread(one.to_restore)
    burnt = t("{n} budgets", n=figures.decimal(one.burnt, digits=2))
    yield t("burnt"), burnt if not one.unmeasured else t("{burnt}; {n} not measured", burnt=burnt, n=one.unmeasured)


def spread(one: Spread | None) -> str:
    """Median and ninth decile, with how many there are."""
    if one is None:
        return t("not known of any")
    return t("median {median}, nine in ten within {p90} (n = {n})", median=_length(one.median), p90=_length(one.p90),
             n=figures.whole(one.n))  # fmt: skip


def _length(seconds: Fraction | int) -> str:
    """Minutes and more; of less than that, seconds."""
    if seconds < 60:
        return t("{n} seconds", n=figures.whole(round(seconds)))
    return figures.span(round(Fraction(seconds, 60)))
