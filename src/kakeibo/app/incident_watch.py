"""What the worker does for incidents. Alerts open one, or join one, in the very transaction that records them, so that
neither is there without the other; everything else is gathered afterwards, each thing once, known by its cause."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, select

from kakeibo.alerts.acknowledgements import Acknowledgement
from kakeibo.alerts.policy import Breach
from kakeibo.alerts.record import Alert, Change, Standing
from kakeibo.app.routing import Routing
from kakeibo.i18n import speaking, t
from kakeibo.incidents import changes, records
from kakeibo.incidents.changes import Act, Opening
from kakeibo.incidents.nouns import ALERT, Incident
from kakeibo.incidents.relations import WITHIN, related_to_any
from kakeibo.letters import phrases
from kakeibo.model import Book
from kakeibo.store import tables

GOING: Final = ("open", "acknowledged", "mitigated")


@dataclass(frozen=True, slots=True)
class _Fire:
    """A matter that fires: the alerts of one service and severity."""

    group: str
    service: str
    slos: tuple[str, ...]
    since: int
    opens: bool

    @property
    def cause(self) -> str:
        return ALERT + self.group


def follow(
    connection: Connection,
    book: Book,
    recorded: Collection[Change],
    standings: Mapping[Alert, Standing],
    minute: int,
    now: int,
) -> None:
    """What fires has its incident, and its changes stand in the timeline. Within the transaction that recorded them;
    `recorded` are those, `standings` how all alerts stand since."""
    fires = [(alert, one) for alert, one in standings.items() if one.state == "firing" and _slo_of(alert)]
    if not fires and not recorded:
        return
    known = _known(connection, {one.group for _, one in fires} | {standings[c.alert].group for c in recorded
                                                                 if c.alert in standings})  # fmt: skip
    if any(one.group not in known for _, one in fires):
        for fire in _new(Routing.read(connection, book, minute), fires, known):
            number = _take_in(connection, book, fire, standings, minute, now)
            if number is not None:
                known[fire.group] = number
    _write(connection, book, recorded, standings, known, now)


def taken(connection: Connection, new: Acknowledgement) -> None:
    """Whoever takes an alert, wherever they do, looks after its incident."""
    number = records.of_cause(connection, ALERT + new.group)
    if number is not None and records.incidents(connection, states=["open"], numbers=[number]):
        changes.acknowledge(connection, number, Act(new.author, new.at, new.origin))


def _slo_of(alert: Alert) -> str | None:
    """The SLO that an alert is about; None for what is in trouble with us: sources, the worker, the store."""
    breach = Breach.of(alert.subject)
    subject = breach.slo if breach else alert.subject
    return subject if "/" in subject else None


def _known(connection: Connection, groups: Collection[str]) -> dict[str, int]:
    """The incidents that matters have already."""
    table = tables.incident_causes.c
    rows = select(table.key, table.incident_id).where(table.key.in_([ALERT + group for group in groups]))
    return {row.key.removeprefix(ALERT): row.incident_id for row in connection.execute(rows)}


def _new(routing: Routing, fires: Sequence[tuple[Alert, Standing]], known: Mapping[str, int]) -> Iterator[_Fire]:
    """Matters without an incident: first those that open one, so that the others may join it."""
    groups: dict[str, list[tuple[Alert, Standing]]] = {}
    for alert, standing in fires:
        if standing.group not in known:
            groups.setdefault(standing.group, []).append((alert, standing))
    found = []
    for group, alerts in groups.items():
        slos = dict.fromkeys(name for alert, _ in alerts if (name := _slo_of(alert)))
        since = min(standing.at for _, standing in alerts)
        opens = any(_opens(routing, alert) for alert, _ in alerts)
        found.append(_Fire(group, service_of(routing.book, next(iter(slos))), tuple(slos), since, opens))
    yield from sorted(found, key=lambda fire: (not fire.opens, fire.since, fire.group))


def _opens(routing: Routing, alert: Alert) -> bool:
    """Whether an alert opens an incident: it is told as what the team's `incidents` says, and no silence hides it."""
    severity = routing.severity(alert)
    if severity is None or routing.silence(alert) is not None:
        return False
    wanted = {team.incidents for team in routing.teams(alert)} or {"page"}
    return "ticket" in wanted or ("page" in wanted and severity == "page")


def service_of(book: Book, name: str) -> str:
    """What an SLO or a journey belongs to: its service, or else its journey."""
    key = name.partition("/")[0]
    journey = book.journeys.get(key)
    return (journey.service if journey else None) or key


def _take_in(
    connection: Connection, book: Book, fire: _Fire, standings: Mapping[Alert, Standing], minute: int, now: int
) -> int | None:
    """The number of the incident that a matter joins, or opens; None when it does neither."""
    act = Act.ours(now)
    for one in records.incidents(connection, states=GOING):
        if _is_recent(one, standings, minute) and related_to_any(book.services, fire.service, one.services):
            return _grow(connection, book, one, fire.slos, fire.service, [fire.cause], act).id
    if not fire.opens:
        return None
    opening = Opening(title_of(book, fire.slos), "alert", fire.slos, [fire.service], [fire.cause])
    return changes.open_(connection, opening, act).id


def _grow(
    connection: Connection,
    book: Book,
    one: Incident,
    slos: Sequence[str],
    service: str,
    causes: Sequence[str],
    act: Act,
) -> Incident:
    """An incident takes in more; unless somebody has named it, it is called by what users feel of it now."""
    found = changes.join(connection, one.id, slos, [service], causes, act)
    if one.slos and one.title == title_of(book, one.slos) != (better := title_of(book, found.slos)):
        found = changes.rename(connection, one.id, better, act)
    return found


def _is_recent(incident: Incident, standings: Mapping[Alert, Standing], minute: int) -> bool:
    """Whether an incident is still young enough to grow: one of its alerts fires, or did a while ago."""
    groups = {cause.removeprefix(ALERT) for cause in incident.causes if cause.startswith(ALERT)}
    times: list[int] = [
        minute if one.state == "firing" else one.at for one in standings.values() if one.group in groups
    ]
    return minute - max([*times, incident.opened_at // 60]) <= WITHIN


def title_of(book: Book, slos: Sequence[str]) -> str:
    """What an incident is called until somebody gives it a better name, in the organisation's language: by what users
    feel of it, where they feel any."""
    with speaking(book.organisation.language):
        found = [(journey, slo) for journey in book.journeys.values() for slo in journey.slos if slo.name in slos]
        if not found:
            return slos[0]
        journey, slo = min(found, key=lambda one: (one[0].kind != "cuj", slos.index(one[1].name)))
        words = {"title": phrases.title(journey)[0], "aspect": phrases.aspect(slo)}
        others = len({other.key for other, _ in found}) - 1
        if others:
            return t("Trouble with: {title} ({aspect}) and {n} more", n=others, **words)
        return t("Trouble with: {title} ({aspect})", **words)


def _write(
    connection: Connection,
    book: Book,
    recorded: Collection[Change],
    standings: Mapping[Alert, Standing],
    known: Mapping[str, int],
    now: int,
) -> None:
    """The lines of what was recorded just now. What burns again opens its incident again."""
    held = {one.id: one for one in records.incidents(connection, numbers=set(known.values()))} if recorded else {}
    for change in recorded:
        standing, slo = standings.get(change.alert), _slo_of(change.alert)
        if standing is None or slo is None or standing.at != change.at or standing.group not in known:
            continue
        number, act = known[standing.group], Act.ours(now, 60 * change.at)
        detail = {"severity": change.alert.severity, "reason": change.reason, "flip": standing.flip}
        detail |= {name: change.facts[name] for name in ("burn_long", "budget_left") if change.facts.get(name)}
        if change.after != "no_data":
            changes.note(connection, number, "alert" if change.after == "firing" else "alert_over", act, slo, detail)
        if change.after == "firing" and number in held and slo not in held[number].slos:
            held[number] = _grow(connection, book, held[number], [slo], service_of(book, slo), (), Act.ours(now))
        if change.after == "firing" and records.incidents(connection, states=["resolved"], numbers=[number]):
            with speaking(book.organisation.language):
                changes.reopen(connection, number, Act.ours(now), t("it burns again"))
