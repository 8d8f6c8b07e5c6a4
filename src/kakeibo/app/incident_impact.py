"""What the ledger says of an incident: when it harmed users, how much, and who could know of it when."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Final

from sqlalchemy import Connection

from kakeibo import clock, ledger
from kakeibo.alerts import matters
from kakeibo.app.breaking_down import contributors
from kakeibo.app.counts import counter
from kakeibo.app.deciding import pace_of
from kakeibo.budgets import arithmetic
from kakeibo.budgets.outages import raised, usual_share
from kakeibo.incidents import changes, onsets, records
from kakeibo.incidents.nouns import ALERT, Detection, Harm, Incident, Measurement
from kakeibo.incidents.relations import related_to_any
from kakeibo.ledger.complaints import complaints
from kakeibo.model import Book, Count, Journey, Slo
from kakeibo.store import Store

BEFORE: Final = 6 * clock.MINUTES_PER_HOUR
AFTER: Final = 6 * clock.MINUTES_PER_HOUR
"""Minutes before and after what is known of an incident in which its impact is looked for."""
LONGEST: Final = 3 * clock.MINUTES_PER_DAY
WORST: Final = 3
PAST: Final = 28 * clock.MINUTES_PER_DAY
"""What usually fails is that of so many minutes before."""
EARLY: Final = 15
"""Minutes before the start from which on an enquiry is about it: users remember a time roughly."""

Stretch = tuple[int, int]


def measure(book: Book, store: Store, incident: Incident, now: int) -> Measurement:
    """What counts say as of minute `now`; nothing is written."""
    slos = [found for name in incident.slos if (found := _slo(book, name))]
    until = min((pace_of(book, slo).until(now) for _, slo in slos), default=now)
    with store.reading() as connection:
        fired = _fired(connection, incident)
    known = [minute for minute, _ in fired] or [incident.opened_at // 60]
    search, limit = _search(store, book, slos, known, incident, until)
    seen = _impact(book, store, _of_users(slos), search, known)
    while seen is not None and seen.end is None and search[1] < limit:  # it goes on: look further
        search = search[0], min(search[1] + AFTER, limit)
        seen = _impact(book, store, _of_users(slos), search, known)
    if seen is not None:  # again, with all that was hit: more events tell the minute better
        hit = [held for harm in _harms(book, store, incident, _stretch(seen, search))
               if (held := _slo(book, harm.slo))]  # fmt: skip
        seen = _impact(book, store, _of_users(hit), search, known) or seen
    if seen is None:
        detected, detection = _detected(store, incident, fired, None)
        return Measurement(until, detected=detected, detection=detection)
    stretch = _stretch(seen, search)
    harms = tuple(_harms(book, store, incident, stretch))
    ended = seen.end if seen.end and search[1] - seen.end.minute >= onsets.LULL else None
    return Measurement(until, seen.start, ended, *_detected(store, incident, fired, stretch), harms,
                       marks=_marks(book, store, harms, stretch))  # fmt: skip


def keep(book: Book, store: Store, number: int, now: int, act: changes.Act) -> Incident:
    """Measure an incident and write down what was found; it is left as it is when nothing is otherwise."""
    incident = records.incident(store, number, entries=0)
    found = measure(book, store, incident, now)
    if same(incident.measured, found):
        return incident
    with store.writing() as connection:
        return changes.measured(connection, number, found, act)


def same(before: Measurement | None, after: Measurement) -> bool:
    """Whether two measurements say the same, whenever they were made."""
    return before is not None and replace(before, at=after.at) == after


def _slo(book: Book, name: str) -> tuple[Journey, Slo] | None:
    return next(
        ((journey, slo) for journey in book.journeys.values() for slo in journey.slos if slo.name == name), None
    )


def _of_users(slos: Sequence[tuple[Journey, Slo]]) -> list[Slo]:
    """The objectives that users feel: those of machines tell of it only where there are no others, for a machine may
    be what caused it."""
    return [slo for journey, slo in slos if journey.kind == "cuj"] or [slo for _, slo in slos]


def _fired(connection: Connection, incident: Incident) -> list[tuple[int, int]]:
    """When its alerts fired: the minute that was decided, and the second in which it was known."""
    groups = [cause.removeprefix(ALERT) for cause in incident.causes if cause.startswith(ALERT)]
    found = matters.matters(connection, groups)
    return [(flip.at, flip.noted) for matter in found for flip in matter.flips if flip.after == "firing"]


def _search(
    store: Store, book: Book, slos: Sequence[tuple[Journey, Slo]], known: Sequence[int], incident: Incident, until: int
) -> tuple[Stretch, int]:
    """Where to look: around what is known; and the last minute to look at, for what goes on longer."""
    first, last = min(known), max([*known, (incident.resolved_at or 0) // 60])
    counted = [ledger.last_minute(store, one.name, first - BEFORE, until) for _, slo in slos
               for one in book.counted_for(slo)]  # fmt: skip
    counted_until = max((minute for minute in counted if minute is not None), default=until - 1) + 1
    start = first - BEFORE
    limit = max(start + 1, min(until, counted_until, start + LONGEST))
    return (start, min(limit, last + AFTER)), limit


def _impact(
    book: Book, store: Store, slos: Sequence[Slo], search: Stretch, known: Sequence[int]
) -> onsets.Impact | None:
    return onsets.impact(_counted(book, store, slos, search), search, known) if slos else None


def _stretch(seen: onsets.Impact, search: Stretch) -> Stretch:
    """From start to end, or as far as was counted."""
    return seen.start.minute, max(seen.end.minute if seen.end else search[1], seen.start.minute + 1)


def _counted(book: Book, store: Store, slos: Iterable[Slo], search: Stretch) -> list[onsets.Counted]:
    leaves = {leaf.name: slo for slo in slos for leaf in book.counted_for(slo)}
    past = _past(search[0])
    before = ledger.sums(store, [past])[past]
    series = ledger.series(store, list(leaves), *search, 1)
    return [
        onsets.Counted(usual_share(before.get(name, Count()), leaves[name].target), dict(points))
        for name, points in series.items()
    ]


def _past(start: int) -> Stretch:
    return start - PAST, start


def _harms(book: Book, store: Store, incident: Incident, stretch: Stretch) -> Iterable[Harm]:
    """What it did to its own SLOs, and to those of related services of which clearly more failed than usual."""
    slos = [
        slo for journey in book.journeys.values() for slo in journey.slos if _may_be_hit(book, incident, journey, slo)
    ]
    past = _past(stretch[0] - BEFORE)
    windows = {slo.name: slo.window.bounds(stretch[1]) for slo in slos}
    aligned = {slo.name: _aligned(stretch, slo.method.slice_minutes) for slo in slos}
    stretches = {*windows.values(), *aligned.values()}
    count = counter(book, store, slos, stretches, lambda slo: min(windows[slo.name][0], aligned[slo.name][0]))
    sums = ledger.sums(store, [stretch, past])
    for slo in slos:
        names = [leaf.name for leaf in book.counted_for(slo)]
        events, usually = (sum((sums[one].get(name, Count()) for name in names), Count()) for one in (stretch, past))
        usual = usual_share(usually, slo.target)
        if events.valid and (slo.name in incident.slos or raised(events, usual)):
            spent = Fraction(count(slo, aligned[slo.name]).spent)
            allowed = arithmetic.allowed(count(slo, windows[slo.name]), slo.target)
            yield Harm(slo.name, events.valid, events.bad, usual, spent, allowed)


def _marks(book: Book, store: Store, harms: Sequence[Harm], stretch: Stretch) -> tuple[str, ...]:
    """What the failures had in common, of the objectives that lost most: an answer costs some 30 ms each."""
    worst = sorted(harms, key=lambda harm: -harm.above)[:WORST]
    found = [held for harm in worst if (held := _slo(book, harm.slo))]
    parts = [part for _, slo in found for part in contributors(book, store, slo, stretch)[:WORST]]
    return tuple(sorted({f"{part.column}={part.value}" for part in parts if part.kind == "value"}))


def _may_be_hit(book: Book, incident: Incident, journey: Journey, slo: Slo) -> bool:
    service = journey.service or journey.key
    return slo.name in incident.slos or related_to_any(book.services, service, incident.services)


def _aligned(stretch: Stretch, slice_minutes: int) -> Stretch:
    """A stretch of whole slices."""
    step = slice_minutes or 1
    return stretch[0] // step * step, -(-stretch[1] // step) * step


def _detected(
    store: Store, incident: Incident, fired: Sequence[tuple[int, int]], stretch: Stretch | None
) -> tuple[int | None, Detection | None]:
    """The first second in which anybody could know of it: by an alert, because somebody took notice, or
    because users wrote. Whoever enters an incident afterwards did not detect it then."""
    signs: list[tuple[int, Detection]] = [(noted, "alert") for _, noted in fired]
    if incident.acknowledged_at is not None:
        signs.append((incident.acknowledged_at, "acknowledgement"))
    if incident.origin in ("hand", "chat", "support"):
        signs.append((incident.opened_at, "acknowledgement"))
    start = stretch[0] - EARLY if stretch else incident.opened_at // 60 - clock.MINUTES_PER_HOUR
    end = stretch[1] if stretch else incident.opened_at // 60 + 1
    about = {name.partition("/")[0] for name in incident.slos}
    signs += [
        (60 * one.entered, "enquiry")
        for one in complaints(store, since=start)
        if one.journey in about and one.at < end and one.entered >= start
    ]
    return min(signs, default=(None, None))
