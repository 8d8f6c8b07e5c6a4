"""Old alerts, gathered from files and servers for a trial."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from kakeibo.alerts import backtest
from kakeibo.alerts.backtest import Alarm
from kakeibo.alerts.received import received
from kakeibo.app import alert_notes, alert_server
from kakeibo.app.alert_notes import Note
from kakeibo.errors import UsageError
from kakeibo.i18n import t
from kakeibo.store import Store

RECEIVED: Final = "received"
"""In place of a file: the alerts that `kakeibo serve` took in."""


@dataclass(frozen=True, slots=True)
class OldAlerts:
    """What files noted, and the servers to be asked once it is known about which time; `match`: the labels meant.

    `kept`: those too that other tools sent to kakeibo itself.
    """

    noted: tuple[Note, ...]
    servers: tuple[str, ...] = ()
    match: Mapping[str, str] = field(default_factory=dict)
    kept: bool = False

    def over(self, start: int, end: int, store: Store | None = None) -> list[Alarm]:
        """Every alarm, in order; servers tell of [start, end) alone. Raises UsageError when one does not answer."""
        asked = [note for server in self.servers for note in alert_server.ask(server, start, end)]
        sent = alert_notes.of_received(received(store, since=60 * start, limit=None)) if self.kept and store else []
        return alarms([*self.noted, *asked, *sent], self.match)


def gathered(places: Iterable[str], match: Iterable[str], zone: str) -> OldAlerts:
    """Read the files among `places`, the others being addresses of servers. Raises UsageError."""
    places = list(places)
    wanted, noted, servers = _labels(match), [], []
    for place in places:
        if place == RECEIVED:
            continue
        if place.startswith(("http://", "https://")):
            servers.append(place)
        elif Path(place).is_file():
            noted += alert_notes.read(Path(place), zone)
        else:
            raise UsageError(
                t("there is no file {path}", path=place),
                t("give a file, or the address of a server: http://localhost:9090"),
            )
    return OldAlerts(tuple(noted), tuple(servers), wanted, RECEIVED in places)


def alarms(notes: Iterable[Note], match: Mapping[str, str]) -> list[Alarm]:
    """The notes that have every label of `match`. Those of one name that overlap, as of several servers, are one."""
    by_name: dict[str, list[Alarm]] = {}
    for note in notes:
        if all(note.labels.get(label) == value for label, value in match.items()):
            name = note.labels.get(alert_notes.NAME, "")
            by_name.setdefault(name, []).append(Alarm(note.start, note.end, name))
    return sorted((one for found in by_name.values() for one in backtest.together(found)), key=lambda one: one.start)


def _labels(words: Iterable[str]) -> dict[str, str]:
    """Label -> value, of LABEL=VALUE."""
    found = {}
    for word in words:
        label, equals, value = word.partition("=")
        if not equals or not label.strip():
            raise UsageError(t("{text} is no label", text=repr(word)), t("write --alert-match severity=page"))
        found[label.strip()] = value.strip()
    return found
