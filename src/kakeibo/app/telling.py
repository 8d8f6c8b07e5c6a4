"""What is to be told -> letters in the outbox, each noted as told in the same transaction."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any

import msgspec
from sqlalchemy import Connection

from kakeibo.alerts import matters
from kakeibo.alerts.acknowledgements import Acknowledgement
from kakeibo.alerts.matters import NOBODY, Matter
from kakeibo.alerts.policy import Breach
from kakeibo.alerts.record import Alert, Flip
from kakeibo.alerts.telling import Telling, is_over, owed
from kakeibo.app import breaches, escalating
from kakeibo.app.health import disk_sentence
from kakeibo.app.routing import ONCALL, SOURCE, STORE, WORKER, Routing
from kakeibo.budgets.breakdown import Part
from kakeibo.i18n import language, speaking, t
from kakeibo.incidents.relations import needs
from kakeibo.letters import notifications as letters
from kakeibo.letters import phrases
from kakeibo.model import Book, Count, Journey, Slo
from kakeibo.notifiers.kinds import Message, kinds
from kakeibo.store import outbox
from kakeibo.store.outbox import Letter


def tell(connection: Connection, book: Book, at: int, now: int) -> int:
    """Put into the outbox what is to be told as of minute `at`, and end the matters that are over; returns how many
    letters. `now` in seconds. Within the caller's transaction."""
    routing = Routing.read(connection, book, at)
    open_ = matters.open_matters(connection)
    tellings = owed(open_, routing.audience, at)
    writer = Writer(routing, open_, at)
    outbox.put(connection, (writer.letter(telling, now) for telling in tellings if telling.receiver != ONCALL), now)
    outbox.put(connection, (writer.letter(telling, now, again) for telling, again in _again(book, open_, now)), now)
    for telling in tellings:
        if telling.receiver == ONCALL:
            escalating.tell(connection, book, telling, routing, now)
        matters.note_told(connection, telling.flips, telling.receiver, now)
    for matter in open_:
        if is_over(matter, at):
            matters.note_told(connection, matter.latest.values(), NOBODY, now)
    return len(tellings)


def tell_taken(connection: Connection, book: Book, matter: Matter, taken: Acknowledgement) -> None:
    """Put into the outbox, for all who were told of a matter, that somebody takes it."""
    at = taken.at // 60
    writer = Writer(Routing.read(connection, book, at), [matter], at)
    receivers = [receiver for receiver in matters.receivers_of(matter) if receiver != ONCALL]
    outbox.put(connection, (writer.taken(matter, receiver, taken) for receiver in receivers), taken.at)


def _again(book: Book, open_: Sequence[Matter], now: int) -> Iterator[tuple[Telling, int]]:
    """What still fires and is to be said again, for receivers that forget it; each with the number of its turn."""
    repeats = {key: kinds()[channel.kind].repeat for key, channel in book.channels.items()}
    for matter in open_ if any(repeats.values()) else ():
        latest = matter.latest
        known: dict[str, list[Flip]] = {}
        for (receiver, alert), state in matters.knows(matter).items():
            if state == "firing" and latest[alert].after == "firing" and repeats.get(receiver.partition(":")[0]):
                known.setdefault(receiver, []).append(latest[alert])
        for receiver, flips in known.items():
            turn = (now - max(flip.noted for flip in flips)) // repeats[receiver.partition(":")[0]]
            if turn > 0:
                yield Telling(matter, receiver, "firing", tuple(flips)), turn


class Writer:
    """Facts -> messages, in the organisation's language and time."""

    def __init__(self, routing: Routing, open_: Sequence[Matter], at: int) -> None:
        self._routing, self._book, self._at = routing, routing.book, at
        self._open = open_

    def letter(self, telling: Telling, now: int, turn: int = 0) -> Letter:
        """A letter by the outbox; `turn` tells apart those that say the same again."""
        last = max(flip.id for flip in telling.flips)
        key = f"{telling.matter.group}:{telling.kind}:{last}:{telling.receiver}" + (f":{turn}" if turn else "")
        with speaking(self._book.organisation.language):
            return _letter(telling.matter, telling.receiver, self._message(telling, key), now)

    def burning(self, matter: Matter, key: str, language: str) -> Message:
        """That a matter fires, for somebody who is called."""
        with speaking(language):
            fires = tuple(flip for flip in matter.latest.values() if flip.after == "firing")
            return self._message(Telling(matter, ONCALL, "firing", fires or tuple(matter.latest.values())), key)

    def taken(self, matter: Matter, receiver: str, taken: Acknowledgement) -> Letter:
        with speaking(self._book.organisation.language):
            facts = self._facts(matter, tuple(matter.latest.values()))
            message = letters.acknowledged(facts, f"ack:{taken.id}:{receiver}", taken.author)
            return _letter(matter, receiver, message, taken.at)

    def _message(self, telling: Telling, key: str) -> Message:
        breach = Breach.of(telling.flips[0].alert.subject)
        if breach is not None:
            return breaches.written(self._routing, breach, telling.flips[0], key, over=telling.kind == "resolved")
        facts = self._facts(telling.matter, telling.flips)
        if telling.kind == "resolved":
            return letters.resolved(facts, key)
        if telling.kind == "no_data":
            return letters.gone_silent(facts, key)
        flip = telling.flips[0]
        if flip.alert.subject.startswith(SOURCE):
            return letters.source_silent(facts, key, flip.alert.subject.removeprefix(SOURCE))
        if flip.alert.subject == STORE:
            return letters.in_trouble(facts, key, disk_sentence(int(flip.facts["free"])))
        if flip.alert.subject == WORKER:
            steps: Mapping[str, str] = flip.facts["steps"]
            what = "; ".join(f"{phrases.printable(step)}: {phrases.printable(why, 300)}" for step, why in steps.items())
            return letters.in_trouble(facts, key, t("The worker does not get on: {what}", what=what))
        return letters.firing(facts, key)

    def _facts(self, matter: Matter, flips: Sequence[Flip]) -> letters.Matter:
        alert = flips[0].alert
        severities = [self._routing.severity(flip.alert) or flip.alert.severity for flip in flips]
        about = self._routing.about(alert)
        own = alert.subject in (WORKER, STORE)
        service = self._book.services.get(about[0][0].service or "") if about and not own else None
        team = self._book.teams.get(service.team or "") if service else None
        ended = max((flip.at for flip in flips), default=self._at)
        return letters.Matter(
            group=matter.group,
            severity="page" if "page" in severities else "ticket",
            service=self._called(alert, about),
            team=team.name if team else "",
            since=min(matter.since(flip.alert) for flip in flips),
            at=ended if matter.is_quiet else self._at,
            zone=self._book.organisation.timezone,
            parts=() if own else tuple(self._parts(flips)),
            runbook=(service.runbook if service else None) or "",
            address=self._book.organisation.address or "",
            also=tuple(dict.fromkeys(self._also(matter))),
        )

    def _parts(self, flips: Sequence[Flip]) -> Iterator[letters.Burning]:
        for flip in flips:
            for journey, slo in self._routing.about(flip.alert):
                yield _burning(journey, slo, flip, self._at)

    def _called(self, alert: Alert, about: Sequence[tuple[Journey, Slo]]) -> str:
        """What it belongs to, for people."""
        if alert.subject == WORKER:
            return t("the worker of kakeibo")
        if alert.subject == STORE:
            return t("the disk of the store")
        if alert.subject.startswith(SOURCE):
            return alert.subject.removeprefix(SOURCE)
        key = about[0][0].service if about else None
        service = self._book.services.get(key or "")
        if service is None:
            return phrases.title(about[0][0])[0] if about else alert.subject
        return service.title.get(language()) or next(iter(service.title.values()), service.key)

    def _also(self, matter: Matter) -> Iterator[str]:
        """What its service depends on and burns as well."""
        mine = {self._service(flip.alert) for flip in matter.flips}
        needed = {name for key in mine for name in needs(self._book.services, key)}
        for other in self._open:
            for alert, flip in other.latest.items():
                burns = flip.after == "firing" and Breach.of(alert.subject) is None
                if burns and self._service(alert) in needed - mine:
                    [(journey, slo)] = self._routing.about(alert)
                    yield t("{title} ({aspect})", title=phrases.title(journey)[0], aspect=phrases.aspect(slo))

    def _service(self, alert: Alert) -> str:
        about = self._routing.about(alert) if "/" in alert.subject else []
        return about[0][0].service or "" if about else ""


def _burning(journey: Journey, slo: Slo, flip: Flip, at: int) -> letters.Burning:
    facts = flip.facts
    speed, left = _fraction(facts.get("burn_long")), _fraction(facts.get("budget_left"))
    period = slo.window.nominal_minutes
    lasts = int(left * period / speed) if speed and left is not None and left > 0 else None
    return letters.Burning(
        journey=journey,
        slo=slo,
        failing=None if speed is None else speed * (1 - slo.target),
        over=int(facts.get("within", 0)),
        bad=int(facts.get("bad", 0)),
        speed=speed,
        left=left,
        ends=at + lasts if lasts is not None and lasts <= period else None,
        where=tuple(_part(said) for said in facts.get("contributors", ())),
    )


def _part(said: Mapping[str, Any]) -> Part:
    """What failures have in common, as it was recorded."""
    count, whole = Count(said["good"], said["bad"]), Count(said["all_good"], said["all_bad"])
    return Part(said["column"], said["kind"], said["value"], count, whole)


def _fraction(text: object) -> Fraction | None:
    return None if text is None else Fraction(str(text))


def _letter(matter: Matter, receiver: str, message: Message, now: int) -> Letter:
    channel, _, target = receiver.partition(":")
    text = msgspec.json.encode(message).decode()
    return Letter(message.id, f"matter:{matter.group}", channel, target, text, now)
