"""Matters: what burns together in one service, and who was told of it. A matter is open until all of it has been quiet
for a while and everybody who was told that it burns was told that it is over."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, insert, select

from kakeibo.alerts.record import Alert, Flip, flip_of, standings
from kakeibo.store import tables
from kakeibo.store.outbox import batched

NOBODY: Final = ""
"""The receiver in whose name it is noted that a matter is over and done with."""


@dataclass(frozen=True, slots=True)
class Matter:
    """The flips of one group, in order; `told` says who was told of which."""

    group: str
    flips: Sequence[Flip]
    told: Mapping[int, frozenset[str]]

    @property
    def latest(self) -> dict[Alert, Flip]:
        """How each of its alerts stands."""
        return {flip.alert: flip for flip in self.flips}

    @property
    def is_quiet(self) -> bool:
        return all(flip.after == "quiet" for flip in self.latest.values())

    @property
    def began(self) -> int:
        """The minute of its first flip."""
        return self.flips[0].at

    def since(self, alert: Alert) -> int:
        """The minute in which one of its alerts, that is not quiet, began."""
        found = self.flips[0].at
        for flip in self.flips:
            if flip.alert == alert and flip.before == "quiet":
                began = flip.facts.get("since")
                found = flip.at if began is None else int(began)
        return found

    @property
    def severity(self) -> str:
        return self.flips[0].alert.severity


def open_matters(connection: Connection) -> list[Matter]:
    """All that are not over and done with, the oldest first."""
    held = {one.flip: one.group for one in standings(connection).values() if one.group}
    done = _told(connection, held)
    groups = dict.fromkeys(group for flip, group in held.items() if NOBODY not in done.get(flip, ()))
    return matters(connection, groups)


def matters(connection: Connection, groups: Iterable[str]) -> list[Matter]:
    """Matters by their groups, the oldest first; groups that there are not are left out."""
    flips: dict[str, list[Flip]] = {}
    for part in batched(groups):
        rows = select(tables.flips).where(tables.flips.c.alert_group.in_(part)).order_by(tables.flips.c.id)
        for row in connection.execute(rows):
            flips.setdefault(row.alert_group, []).append(flip_of(row))
    told = _told(connection, (flip.id for found in flips.values() for flip in found))
    every = [
        Matter(group, found, {flip.id: told[flip.id] for flip in found if flip.id in told})
        for group, found in flips.items()
    ]
    return sorted(every, key=lambda matter: matter.flips[0].id)


def note_told(connection: Connection, flips: Iterable[Flip], receiver: str, now: int) -> None:
    """Note that a receiver was told of flips, within the transaction that puts the letter into the outbox."""
    rows = [{"flip_id": flip.id, "receiver": receiver, "at": now} for flip in flips]
    if rows:
        connection.execute(insert(tables.told), rows)


def _told(connection: Connection, flips: Iterable[int]) -> dict[int, frozenset[str]]:
    found: dict[int, set[str]] = {}
    for part in batched(map(str, flips)):
        rows = select(tables.told.c.flip_id, tables.told.c.receiver).where(tables.told.c.flip_id.in_(map(int, part)))
        for flip, receiver in connection.execute(rows):
            found.setdefault(flip, set()).add(receiver)
    return {flip: frozenset(receivers) for flip, receivers in found.items()}


def knows(matter: Matter) -> dict[tuple[str, Alert], str]:
    """What each receiver was told last of each alert: receiver and alert -> state."""
    return {
        (receiver, flip.alert): flip.after
        for flip in matter.flips
        for receiver in matter.told.get(flip.id, ())
        if receiver != NOBODY
    }


def receivers_of(matter: Matter) -> Collection[str]:
    """Everybody who was told anything of it."""
    return dict.fromkeys(receiver for receiver, _ in knows(matter))
