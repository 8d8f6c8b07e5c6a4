"""The worker: round after round from events to messages.

    ingest      every source, each by itself: one that fails costs only itself
    policies    every few minutes: which rules of the teams' policies hold
    decide      every minute since the last one that was decided, in order
    record      flips, what is to be told of them and the minute, in one transaction
    incidents   their impact, enquiries, calls, releases, reminders
    learn       every few minutes: drafts of postmortems that are due; every month, the digest
    advise      on the first of a month, what the advisor finds
    deliver     letters, in threads of their own

Killed anywhere, it loses nothing: a minute that is not noted as decided is decided again, and a letter stays in the
outbox until its receiver has it. A step that raises costs that step one round, and so does a source that hangs; it is
said once, and becomes an alert when it lasts.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Final

from kakeibo import clock
from kakeibo.alerts import record
from kakeibo.alerts.record import Alert, Change, Standing
from kakeibo.app import incident_gathering, incident_watch, postmortem_watch
from kakeibo.app.advising_monthly import advise_monthly
from kakeibo.app.carrying_out import carry_out
from kakeibo.app.deciding import Deciding
from kakeibo.app.hanging import PATIENCE, Progress, Runs
from kakeibo.app.health import Health, Troubles
from kakeibo.app.ingesting import ingest_of
from kakeibo.app.telling import tell
from kakeibo.errors import KakeiboError, Overtaken
from kakeibo.i18n import t
from kakeibo.model import Book, Source
from kakeibo.sources.kinds import incoming_kinds
from kakeibo.store import Store, rounds

if TYPE_CHECKING:
    from kakeibo.app.fleet_watch import FleetWatch
    from kakeibo.app.fleets import FleetIngest
    from kakeibo.app.metrics import MetricsIngest
    from kakeibo.app.pipeline import Ingest

DECIDED: Final = "decided"
HEALTHY: Final = "healthy"
LONGEST_CATCH_UP: Final = clock.MINUTES_PER_DAY
"""Minutes that are decided after a pause; of a longer one, the last of them."""

SHORT_PAUSE: Final = 15
"""Minutes after which a pause is no longer short. Of a short one everything is told as if there had been none; after a
longer one people are told how things stand now, not what came and went meanwhile."""

Say = Callable[[str], None]


@dataclass
class Round:
    """What a round came to. `minutes` were decided, `changes` recorded, `letters` written."""

    minutes: int = 0
    changes: int = 0
    letters: int = 0
    failed: list[str] = field(default_factory=list)


class Worker:
    """Rounds over one book and store. `say` is told in a line what a person watching should know; `alive` is called
    while a round gets on; a source that does not for `patience` seconds is left alone."""

    def __init__(
        self,
        book: Book,
        store: Store,
        say: Say,
        *,
        alive: Callable[[], None] = lambda: None,
        patience: float = PATIENCE,
    ) -> None:
        self._book, self._store, self._say, self._alive = book, store, say, alive
        self.troubles = Troubles()
        self.unrecorded: int | None = None
        """Since which minute nothing that happens can be written down; None while it can."""
        self._runs = Runs(patience, alive)
        self._ingests: dict[str, Ingest | MetricsIngest | FleetIngest] = {}
        self._watches: dict[str, FleetWatch] = {}
        self._start_anew()

    def follow(self, book: Book) -> None:
        """Go on with a book that was edited."""
        self._book, self.troubles = book, Troubles()
        self.close()
        self._start_anew()

    def watch(self) -> None:
        """Receive what comes to us in the background from now on, and judge it at once."""
        for fleet in self._book.fleets.values():
            source = self._book.sources[fleet.source]
            if source.kind in incoming_kinds() and source.name not in self._watches:
                from kakeibo.app.fleet_watch import FleetWatch  # only such books pay for it

                self._watches[source.name] = FleetWatch(self._book, self._store, source)
                self._watches[source.name].start()

    def stop_watching(self) -> None:
        for watch in self._watches.values():
            watch.stop()
        self._watches.clear()

    def close(self) -> None:
        """Let go of what counts the sources; what hangs in one is left to itself."""
        self.stop_watching()
        for name, ingest in self._ingests.items():
            if not self._runs.hangs(name):
                ingest.close()
        self._ingests.clear()

    def round(self, now: datetime, call: Callable[[], object] = lambda: None) -> Round:
        """Everything once, as of `now`, up to the letters in the outbox; then `call` whoever is on duty."""
        minute, done = clock.minute_of(now), Round()
        for source in self._book.sources.values():
            self._step(t("source {name}", name=source.name), minute, done, partial(self._ingest, source, now))
        self._step(t("policies"), minute, done, partial(self._carry_out, minute, int(now.timestamp()), done))
        decide = partial(self._decide_unless_overtaken, minute, int(now.timestamp()), done)
        if self._step(t("deciding"), minute, done, decide):
            self.unrecorded = None
        else:
            self._start_anew()  # what the watch has taken in was not recorded
            self.unrecorded = self.unrecorded or minute
        self._step(t("calling"), minute, done, call)
        gather = partial(incident_gathering.gather, self._book, self._store, minute, int(now.timestamp()))
        self._step(t("incidents"), minute, done, gather)
        self._step(t("postmortems"), minute, done, partial(self._learn, minute, int(now.timestamp()), done))
        advise = partial(self._advise, minute, int(now.timestamp()), done)
        self._step(t("the advice of the month"), minute, done, advise)
        if not done.failed:
            self._step(t("noting the round"), minute, done, lambda: self._note(minute))
        return done

    def _start_anew(self) -> None:
        self._deciding = Deciding(self._book, self._store)
        self._health = Health(self._book, self._store)

    def _step(self, name: str, minute: int, done: Round, work: Callable[[], object]) -> bool:
        """Whether it went well. Whatever is raised ends this step for this round, and nothing else."""
        self._alive()
        try:
            work()
        except Exception as error:
            done.failed.append(name)
            why = str(error) if isinstance(error, KakeiboError) else f"{type(error).__name__}: {error}"
            if self.troubles.fails(name, why, minute):
                self._say(t("{step}: {why}; tried again in the next round", step=name, why=why))
            return False
        if self.troubles.works(name):
            self._say(t("{step}: works again", step=name))
        return True

    def _ingest(self, source: Source, now: datetime) -> None:
        if source.name in self._watches:
            self._watches[source.name].check()
            return
        try:
            self._runs.do(source.name, partial(self._count, source, now))
        except Exception:
            if not self._runs.hangs(source.name) and source.name in self._ingests:
                self._ingests.pop(source.name).close()
            raise

    def _count(self, source: Source, now: datetime, progress: Progress) -> None:
        if source.name not in self._ingests:
            self._ingests[source.name] = ingest_of(self._book, self._store, source)
        self._ingests[source.name].run(progress, now)

    def _carry_out(self, minute: int, seconds: int, done: Round) -> None:
        done.changes += carry_out(self._book, self._store, minute, seconds)

    def _learn(self, minute: int, seconds: int, done: Round) -> None:
        done.letters += postmortem_watch.follow(self._book, self._store, minute, seconds)

    def _advise(self, minute: int, seconds: int, done: Round) -> None:
        done.letters += advise_monthly(self._book, self._store, minute, seconds)

    # -- deciding ---------------------------------------------------------------------------------------------------

    def _decide_unless_overtaken(self, minute: int, seconds: int, done: Round) -> None:
        try:
            self._decide(minute, seconds, done)
        except Overtaken:  # then it is decided, by another worker
            self._start_anew()

    def _decide(self, minute: int, seconds: int, done: Round) -> None:
        with self._store.reading() as connection:
            decided = rounds.reached(connection, DECIDED)
            standings: Mapping[Alert, Standing] = record.standings(connection)
        changes: list[Change] = []
        for one in range(first_minute(decided, minute), minute):
            changes = self._deciding.changes(one, standings)
            done.minutes += 1
            telling = minute - one <= SHORT_PAUSE
            if changes or telling:
                standings = self._record(changes, one, decided, seconds, done, telling=telling)
                decided = one
        changes = []
        if decided is None or minute >= first_minute(decided, minute):
            changes += self._deciding.changes(minute, standings)
            done.minutes += 1
        changes += self._health.changes(minute, standings, self.troubles)
        self._record(changes, minute, decided, seconds, done, telling=True)

    def _record(
        self, changes: list[Change], minute: int, before: int | None, seconds: int, done: Round, telling: bool = False
    ) -> Mapping[Alert, Standing]:
        """Flips, letters and the minute, together. Raises Overtaken when another worker has decided meanwhile."""
        with self._store.writing() as connection:
            if rounds.reached(connection, DECIDED) != before:
                raise Overtaken(t("another worker has decided meanwhile"))
            standings = record.record(connection, changes, seconds)
            incident_watch.follow(connection, self._book, changes, standings, minute, seconds)
            if telling:
                done.letters += tell(connection, self._book, minute, seconds)
            rounds.reach(connection, DECIDED, reached(before, minute))
        done.changes += len(changes)
        return standings

    def _note(self, minute: int) -> None:
        with self._store.writing() as connection:
            rounds.reach(connection, HEALTHY, minute)


def first_minute(decided: int | None, minute: int) -> int:
    """The first minute to decide in `minute`: the one after the last. A clock that was put back begins again."""
    if decided is None or decided > minute + clock.MINUTES_PER_HOUR:
        return minute
    return max(decided + 1, minute - LONGEST_CATCH_UP)


def reached(decided: int | None, minute: int) -> int:
    """How far it has been decided after `minute`: never less, but for a clock that was put back."""
    return minute if decided is None or first_minute(decided, minute) <= minute else decided


def holder_here() -> str:
    """A name for this process, unlike that of any other, which tells whether it still runs."""
    return f"{socket.gethostname()}:{os.getpid()}:{int(clock.now().timestamp())}"


def is_gone(holder: str) -> bool:
    """Whether a holder was a process of this machine that runs no more."""
    host, _, rest = holder.partition(":")
    number = rest.partition(":")[0]
    if host != socket.gethostname() or not number.isdigit():
        return False
    if int(number) == os.getpid():
        return True  # an earlier process of the same number: we never ask about ourselves
    try:
        os.kill(int(number), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False
