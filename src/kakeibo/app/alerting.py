"""Alerts as people handle them: what fires, taking it, keeping it quiet for a while, how much it may disturb."""

from __future__ import annotations

import difflib
import shutil
import sys
from datetime import datetime

import click

from kakeibo import clock, ledger
from kakeibo.alerts import acknowledgements, matters, record, stages
from kakeibo.alerts.acknowledgements import Acknowledgement
from kakeibo.alerts.matters import Matter
from kakeibo.alerts.stages import Move
from kakeibo.app import answering
from kakeibo.app.cli.common import find_slo
from kakeibo.app.reporting import parsed
from kakeibo.app.routing import SOURCE, Routing, sources_of
from kakeibo.app.slips import author_of, scope_of, worded
from kakeibo.app.worker import DECIDED, HEALTHY
from kakeibo.errors import UsageError
from kakeibo.i18n import t
from kakeibo.letters import alerts as letter
from kakeibo.letters import alerts_json
from kakeibo.model import Book, Slip, Stage
from kakeibo.store import Store, outbox, rounds

LATELY = 7 * clock.MINUTES_PER_DAY


def standing(book: Book, store: Store, *, everything: bool = False) -> letter.Standing:
    """What fires as of the last minute that was decided, and the flips of the week before (or all there are)."""
    seconds = int(clock.now().timestamp())
    with store.reading() as connection:
        decided, healthy = rounds.reached(connection, DECIDED), rounds.reached(connection, HEALTHY)
        at = seconds // 60 if decided is None else decided
        found = [matter for matter in matters.open_matters(connection) if not matter.is_quiet]
        taken = acknowledgements.acknowledgements(connection, [matter.group for matter in found])
        routing = Routing.read(connection, book, at)
    firing = [
        letter.Firing(
            flip=flip,
            since=matter.since(flip.alert),
            about=tuple(routing.about(flip.alert)) if "/" in flip.alert.subject else (),
            told_as=routing.severity(flip.alert),
            taken=taken.get(matter.group),
            silence=next((slip for slip in routing.silences if slip.covers(flip.alert.subject)), None),
        )
        for matter in found
        for flip in matter.latest.values()
        if flip.after != "quiet"
    ]
    return letter.Standing(
        at=at,
        decided=decided,
        healthy=healthy,
        waiting=outbox.overdue(store, seconds),
        firing=firing,
        flips=record.flips(store, since=0 if everything else at - LATELY),
    )


def show(book: Book, store: Store, *, as_json: bool, everything: bool) -> int:
    """Print what fires and what changed; the exit code."""
    found = standing(book, store, everything=everything)
    if as_json:
        sys.stdout.buffer.write(alerts_json.to_json(found) + b"\n")
        return 0
    width = shutil.get_terminal_size((80, 24)).columns
    click.echo(letter.render(found, book.organisation.timezone, width=width, colour=sys.stdout.isatty()), nl=False)
    return 0


def take(
    book: Book, store: Store, what: str, *, by: str | None, note: str, origin: str = "cli", now: datetime | None = None
) -> Acknowledgement:
    """Note that somebody takes an alert (its group, or an SLO that fires): nobody else is called for it, and all who
    were told of it are told. `origin`: where it was said; `now` left out: the present.

    Raises UsageError when nothing of that name fires.
    """
    author, seconds = author_of(by), int((now or clock.now()).timestamp())
    with store.writing() as connection:
        matter = _matter(what, [one for one in matters.open_matters(connection) if not one.is_quiet])
        held = acknowledgements.acknowledgements(connection, [matter.group])
        if matter.group in held:
            return held[matter.group]
        new = Acknowledgement(matter.group, author, origin, " ".join(note.split()), seconds)
        return answering.note(book, connection, new).now


def _matter(what: str, firing: list[Matter]) -> Matter:
    names: dict[str, Matter] = {}
    for matter in reversed(firing):  # of two matters of an SLO, the page goes before the ticket
        for alert, flip in matter.latest.items():
            if flip.after != "quiet" and (alert.subject not in names or matter.severity == "page"):
                names[alert.subject] = matter
        names[matter.group] = matter
    if what in names:
        return names[what]
    near = difflib.get_close_matches(what, names, 1)
    if near:
        raise UsageError(t("no alert {name} fires", name=what), t("did you mean {near}?", near=near[0]))
    mend = t("these do: {names}", names=", ".join(names)) if names else t("nothing fires now")
    raise UsageError(t("no alert {name} fires", name=what), mend)


def silence(
    book: Book, store: Store, what: str, *, from_: str | None, to: str | None, minutes: int | None, reason: str,
    author: str | None,
) -> Slip:  # fmt: skip
    """Keep the alerts of an SLO, journey, service or source quiet for a while. Raises UsageError."""
    zone = book.organisation.timezone
    start = clock.minute_of(parsed(from_, zone) if from_ else clock.now())
    if (to is None) == (minutes is None):
        raise UsageError(t("a silence needs an end"), t("give --for 1h, or --to with a time"))
    end = clock.minute_of(parsed(to, zone)) if to else start + (minutes or 0)
    if end <= start:
        raise UsageError(t("the end {end} is not after the beginning {start}", end=to, start=from_ or t("now")),
                         t("give the later time with --to"))  # fmt: skip
    slip = Slip(
        page="silence",
        kind="silence",
        what=what,
        scope=_silenced(book, what),
        from_minute=start,
        to_minute=end,
        author=author_of(author),
        reason=worded(reason, "--reason"),
        entered=clock.minute_of(clock.now()),
    )
    return ledger.enter(store, slip)


def _silenced(book: Book, what: str) -> tuple[str, ...]:
    """What a name stands for: an SLO, a journey, a service's journeys, or a source with what is counted from it."""
    journeys = book.journeys.values()
    if what in book.services and what not in book.journeys:
        return tuple(journey.key for journey in journeys if journey.service == what)
    if any(slo.name == what for journey in journeys for slo in journey.slos):
        return (what,)
    if what in book.sources and what not in book.journeys:
        counted = (slo.name for journey in journeys for slo in journey.slos if what in sources_of(book, slo))
        return (SOURCE + what, *counted)
    return scope_of(book, what)


def silences(book: Book, store: Store, *, as_json: bool, number: int | None = None) -> int:
    """Print the silences, or the one of that number; the exit code."""
    found = [slip for slip in ledger.slips(store, "silence") if number in (None, slip.id)]
    if as_json:
        sys.stdout.buffer.write(alerts_json.silences(found) + b"\n")
        return 0
    width = shutil.get_terminal_size((80, 24)).columns
    zone = book.organisation.timezone
    click.echo(letter.silences(found, zone, width=width, colour=sys.stdout.isatty()), nl=False)
    return 0


def move(book: Book, store: Store, slo: str, stage: Stage, *, by: str | None, reason: str) -> Move:
    """Move an SLO to a stage. Raises UsageError for an SLO that there is not, or that is there already."""
    _, found = find_slo(book, slo)
    new = Move(found.name, stage, author_of(by), worded(reason, "--reason"), int(clock.now().timestamp()))
    with store.writing() as connection:
        if stages.stage_of(found.name, found.stage, stages.latest(connection)) == stage:
            raise UsageError(t("{slo} is at stage {stage} already", slo=slo, stage=stage))
        stages.move(connection, new)
    return new


def show_stages(book: Book, store: Store, slo: str | None, *, as_json: bool) -> int:
    """Print the stage of every SLO and how it got there, or of one; the exit code."""
    slos = [find_slo(book, slo)[1]] if slo else [one for journey in book.journeys.values() for one in journey.slos]
    moved: dict[str, list[Move]] = {}
    for move_ in stages.moves(store, slo):
        moved.setdefault(move_.slo, []).append(move_)
    rows = [
        letter.Staged(one, stages.stage_of(one.name, one.stage, {m.slo: m for m in moved.get(one.name, ())}),
                      tuple(moved.get(one.name, ())))
        for one in slos
    ]  # fmt: skip
    if as_json:
        sys.stdout.buffer.write(alerts_json.stages(rows) + b"\n")
        return 0
    width = shutil.get_terminal_size((80, 24)).columns
    zone = book.organisation.timezone
    click.echo(letter.stages(rows, zone, width=width, colour=sys.stdout.isatty()), nl=False)
    return 0
