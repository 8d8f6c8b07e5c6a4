"""What support asks: a journey, a time, perhaps a user -> an outage, a partial one, probably the user, or unknown."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date, timedelta
from fractions import Fraction
from typing import Final

from kakeibo import clock, ledger
from kakeibo.app.breaking_down import contributors
from kakeibo.app.counts import source_of
from kakeibo.app.happenings import Enquiries
from kakeibo.app.journey_words import the_one_meant
from kakeibo.app.names import mend_of
from kakeibo.app.reporting import moment
from kakeibo.app.slips import worded
from kakeibo.app.user_keys import hashed
from kakeibo.budgets.breakdown import Part
from kakeibo.budgets.outages import Finding, Look, Verdict, gravest, judge, usual_share
from kakeibo.clock import MINUTES_PER_DAY, MINUTES_PER_HOUR, local
from kakeibo.errors import UsageError
from kakeibo.i18n import t
from kakeibo.ledger.complaints import Complaint, complain, complaints
from kakeibo.model import Book, Composite, Count, Journey, Slo
from kakeibo.store import Store

LOOKS: Final = (15, 30, 60)
"""Minutes before and after the time, the narrowest first: users remember a time roughly."""
PAST: Final = 28 * MINUTES_PER_DAY
"""What is usual is looked up in so long before; what usually comes, at the same time of the four weeks before."""
LONGEST: Final = 300
"""Characters of a complaint that are kept."""
_TIMES: Final = range(10 * PAST, 4_000_000_000)
"""Minutes since 1970 that somebody may mean: the weeks before and the hour after must be times too."""
_WEEK: Final = 7 * MINUTES_PER_DAY
_PERSONAL: Final = re.compile(r"[\w.+-]+@[\w.-]+|[\d０-９][\d０-９ ()+-]{5,}[\d０-９]")
"""Addresses and telephone or customer numbers: nobody needs them to judge a target."""

Stretch = tuple[int, int]
Sums = dict[Stretch, dict[str, Count]]


@dataclass(frozen=True, slots=True)
class Question:
    """What was asked. `journey`: its key, "" to find it by the words. `at`: see `time_of`. `user`: an id, or ""."""

    text: str
    journey: str = ""
    at: str = ""
    user: str = ""


@dataclass(frozen=True, slots=True)
class Judged:
    """What was found of one objective, and what its failures have in common."""

    slo: Slo
    finding: Finding
    parts: tuple[Part, ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """What was found. `journey` None: nobody can tell which one is meant. `judged`: its objectives, the gravest first;
    empty where nothing can be told: `until` is the first minute that has not been counted. `also`: other journeys that
    were disturbed around the same time. `before`: complaints of the same user in the 28 days before."""

    complaint: Complaint
    zone: str
    journey: Journey | None
    judged: tuple[Judged, ...]
    until: int | None
    also: tuple[Journey, ...] = ()
    before: int = 0

    @property
    def verdict(self) -> Verdict:
        return self.judged[0].finding.verdict if self.judged else "unknown"


def ask(book: Book, store: Store, question: Question, origin: str) -> Answer:
    """Answer a question, and keep it as a complaint. Raises UsageError for what cannot be understood."""
    text = worded(question.text, "--text")
    journey = _journey(book, question.journey, text)
    at = time_of(book, store, question.at)
    user = hashed(question.user, book.path)
    new = Complaint(
        journey=journey.key if journey else "",
        at=at,
        text=impersonal(text, question.user),
        user_hash=user,
        verdict="unknown",
        origin=origin,
        entered=clock.minute_of(clock.now()),
    )
    verdict = answered(book, store, new).verdict
    return answered(book, store, complain(store, replace(new, verdict=verdict)))


def answered(book: Book, store: Store, complaint: Complaint) -> Answer:
    """What can be said of a complaint by what has been counted by now."""
    journey = book.journeys.get(complaint.journey)
    until = _counted_until(book, store)
    judged: tuple[Judged, ...] = ()
    also: tuple[Journey, ...] = ()
    if journey is not None and until is not None:
        judged, also = _judged(book, store, journey, complaint.at, until)
    before = _earlier(store, complaint) if complaint.user_hash else 0
    return Answer(complaint, book.organisation.timezone, journey, judged, until, also, before)


def time_of(book: Book, store: Store, text: str) -> int:
    """A minute as support writes it: "14:20" (the last time it was so), "2026-10-14T14:20", "latest", "" for now."""
    zone = book.organisation.timezone
    now = clock.now()
    word = text.strip().replace("：", ":")
    if word in ("", "now"):
        return clock.minute_of(now)
    if found := re.fullmatch(r"([01]?\d|2[0-3]):([0-5]\d)", word):
        today = now.astimezone(clock.zone(zone)).replace(
            hour=int(found[1]), minute=int(found[2]), second=0, microsecond=0
        )
        return clock.minute_of(today if today <= now else today - timedelta(days=1))
    with suppress(OverflowError):
        minute = moment(book, store, word)
        if minute in _TIMES:
            return minute
    raise UsageError(t("{text} is not a time", text=repr(word)), t("write 14:20 or 2026-10-14T14:20"))


def impersonal(text: str, user: str = "") -> str:
    """A complaint's words without what says who wrote it: the user's id, addresses, long numbers."""
    without = text.replace(user.strip(), "…") if user.strip() else text
    return _PERSONAL.sub("…", without)[:LONGEST]


def enquiries(book: Book, store: Store, journey: str, at: int) -> Enquiries:
    """Complaints about a journey by local day and hour, from the day of the first one until minute `at`: days and hours
    without one are known zeros. Raises UsageError when there is none."""
    zone = book.organisation.timezone
    minutes = [one.at for one in complaints(store, journey) if one.at < at]
    if not minutes:
        raise UsageError(
            t("no complaint about {journey} has been kept before that time", journey=journey),
            t("kakeibo support ask keeps them; or give a CSV file with --enquiries"),
        )
    first = local(min(minutes), zone).replace(hour=0, minute=0)
    start = clock.minute_of(first) // MINUTES_PER_HOUR * MINUTES_PER_HOUR
    hours = dict.fromkeys(range(start, at, MINUTES_PER_HOUR), 0)
    days: dict[date, int] = dict.fromkeys((local(hour, zone).date() for hour in hours), 0)
    for minute in minutes:
        hours[minute // MINUTES_PER_HOUR * MINUTES_PER_HOUR] += 1
        days[local(minute, zone).date()] += 1
    return Enquiries(days, hours)


def _journey(book: Book, key: str, text: str) -> Journey | None:
    if not key:
        return the_one_meant(book, text)
    if key not in book.journeys:
        raise UsageError(t("there is no journey {name}", name=key), mend_of(key, book.journeys))
    return book.journeys[key]


def _earlier(store: Store, complaint: Complaint) -> int:
    """Complaints of the same user in the 28 days before, this one not counted."""
    known = complaints(store, since=complaint.at - PAST)
    return sum(
        one.user_hash == complaint.user_hash and one.at <= complaint.at and one.id != complaint.id for one in known
    )


def _counted_until(book: Book, store: Store) -> int | None:
    lasts = [ledger.health(store, source, 0, 0).last_minute for source in book.sources]
    return max((minute for minute in lasts if minute is not None), default=-1) + 1 or None


def _judged(
    book: Book, store: Store, journey: Journey, at: int, until: int
) -> tuple[tuple[Judged, ...], tuple[Journey, ...]]:
    """What was found of the objectives of a journey, the gravest first, and which other journeys were disturbed."""
    looks = [(at - minutes, min(at + minutes, until)) for minutes in LOOKS]
    if looks[0][1] <= at - LOOKS[0] // 2:
        return (), ()
    narrow = looks[0]
    weeks = [(narrow[0] - n * _WEEK, narrow[1] - n * _WEEK) for n in range(1, 5)]
    past = (narrow[0] - PAST, narrow[0])
    sums: Sums = dict(ledger.sums(store, {*looks, *weeks, past}))
    measured = {
        (source, look): ledger.health(store, source, *look).measured_minutes
        for source in book.sources
        for look in looks
    }
    found: dict[str, list[Judged]] = {}
    for one in book.journeys.values():
        for slo in filter(asked_of_events, one.slos):
            names = [leaf.name for leaf in book.counted_for(slo) if leaf.probe_minutes is None]
            sources = {source_of(leaf) for leaf in book.counted_for(slo) if leaf.probe_minutes is None}
            usually = _usually(sums, names, past, weeks)
            seen = [
                Look(*look, _sum(sums, look, names), min(measured[source, look] for source in sources), expected)
                for look, expected in zip(looks, (usually, *[None] * len(looks)), strict=False)
            ]
            usual = usual_share(_sum(sums, past, names), slo.target)
            found.setdefault(one.key, []).append(Judged(slo, judge(seen, usual)))
    own = _ordered(found.pop(journey.key, []))
    disturbed = [book.journeys[key] for key, each in found.items() if _disturbed(each)]
    return tuple(_with_parts(book, store, one) for one in own), tuple(disturbed)


def asked_of_events(slo: Slo) -> bool:
    """Whether an objective says how single events went: not how many came, nor what others come to."""
    together = isinstance(slo.measure, Composite) and slo.measure.how != "sum"
    return not together and slo.method.kind != "counted_slices"


def _usually(sums: Sums, names: Sequence[str], past: Stretch, weeks: Sequence[Stretch]) -> Fraction | None:
    """Valid events that come at that time of the week, the mean of the weeks in which there were any."""
    if not _sum(sums, past, names).valid:
        return None
    came = [valid for week in weeks if (valid := _sum(sums, week, names).valid)]
    return Fraction(sum(came), len(came)) if came else None


def _sum(sums: Sums, stretch: Stretch, names: Iterable[str]) -> Count:
    return sum((sums[stretch].get(name, Count()) for name in names), Count())


def _ordered(found: Sequence[Judged]) -> list[Judged]:
    left, ordered = list(found), []
    while left:
        first = gravest(one.finding for one in left)
        ordered.append(next(one for one in left if one.finding == first))
        left.remove(ordered[-1])
    return ordered


def _disturbed(found: Sequence[Judged]) -> bool:
    return any(one.finding.verdict in ("outage", "partial") for one in found)


def _with_parts(book: Book, store: Store, one: Judged) -> Judged:
    if not _disturbed([one]):
        return one
    look = one.finding.look
    return Judged(one.slo, one.finding, contributors(book, store, one.slo, (look.start, look.end)))
