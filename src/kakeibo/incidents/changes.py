"""Changes of incidents. Each function works within the caller's writing transaction, writes its line of the timeline
and of the audit log, and raises the version; `Act` says by whom and when.

`seen`: the version that the person was looking at. Where it is given and the incident has changed since, EditConflict
is raised and nothing is written.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import msgspec
from sqlalchemy import Connection, func, insert, select, update

from kakeibo import clock
from kakeibo.errors import EditConflict, UsageError
from kakeibo.i18n import t
from kakeibo.incidents import records
from kakeibo.incidents.nouns import ROLES, Incident, Kind, Measurement, Origin, Register, Task, Typed
from kakeibo.ledger.deliveries import storable
from kakeibo.store import audit, outbox, tables

LONGEST: Final = 4_000
"""Characters of a line that are kept."""
WORKER: Final = "kakeibo"
"""The author of what the worker writes."""


@dataclass(frozen=True, slots=True)
class Act:
    """Who does something in second `at`, by which `door`. `about`: when it happened, where that was earlier."""

    who: str
    at: int
    door: str
    about: int | None = None

    @classmethod
    def here(cls, who: str, at: int, about: int | None = None) -> Act:
        """By the door through which we are spoken to."""
        return cls(who, at, audit.door(), about)

    @classmethod
    def ours(cls, at: int, about: int | None = None) -> Act:
        """By the worker."""
        return cls(WORKER, at, "worker", about)


@dataclass(frozen=True, slots=True)
class Opening:
    """What an incident is opened with. `causes`: what it is opened for, such as "alert:GROUP"."""

    title: str
    origin: Origin
    slos: Collection[str] = ()
    services: Collection[str] = ()
    causes: Collection[str] = ()
    private: bool = False


# -- beginning, joining, ending ---------------------------------------------------------------------------------------


def open_(connection: Connection, opening: Opening, act: Act) -> Incident:
    """Open an incident. Of a cause that has one already, that one: however often it is seen, it opens one."""
    for cause in opening.causes:
        held = records.of_cause(connection, cause)
        if held is not None:
            return _read(connection, held)
    table = tables.incidents
    row = {
        "title": storable(opening.title, LONGEST),
        "state": "open",
        "origin": opening.origin,
        "author": act.who,
        "services": "\n".join(opening.services),
        "slos": "\n".join(opening.slos),
        "private": int(opening.private),
        "opened": act.at if act.about is None else act.about,
        "version": 1,
        **dict.fromkeys(("measured", "typed"), ""),
        **dict.fromkeys(("acknowledged", "mitigated", "resolved", "merged_into"), 0),
    }
    number = int(connection.execute(insert(table).values(row).returning(table.c.id)).scalar_one())
    _claim(connection, number, opening.causes, act)
    detail = {"slos": list(opening.slos), "origin": opening.origin}
    note(connection, number, "opened", act, opening.title, detail)
    _audit(connection, act, "incident.opened", number, opening.title)
    return _read(connection, number)


def join(
    connection: Connection, number: int, slos: Iterable[str], services: Iterable[str], causes: Collection[str], act: Act
) -> Incident:
    """An incident takes in further SLOs, services and causes; what it has already is left as it is."""
    held = _read(connection, number)
    _claim(connection, number, [cause for cause in causes if cause not in held.causes], act)
    values = {
        "slos": "\n".join(dict.fromkeys([*held.slos, *slos])),
        "services": "\n".join(dict.fromkeys([*held.services, *services])),
    }
    return _change(connection, held, None, **values)


def acknowledge(connection: Connection, number: int, act: Act) -> Incident:
    """Somebody looks after it. One that is acknowledged already is left as it is."""
    held = _going(connection, number)
    if held.state != "open":
        return held
    note(connection, number, "acknowledged", act)
    _audit(connection, act, "incident.acknowledged", number)
    return _change(connection, held, None, state="acknowledged", **_taken(held, act))


def mitigate(connection: Connection, number: int, act: Act, text: str = "") -> Incident:
    """Users are no longer harmed; the cause is still there."""
    held = _going(connection, number)
    if held.state == "mitigated":
        return held
    note(connection, number, "mitigated", act, text)
    _audit(connection, act, "incident.mitigated", number, text)
    return _change(connection, held, None, state="mitigated", mitigated=_when(act), **_taken(held, act))


def resolve(connection: Connection, number: int, act: Act, text: str = "") -> Incident:
    """It is over; reminders of its tasks go on, for what was promised is still to be done."""
    held = _going(connection, number)
    note(connection, number, "resolved", act, text)
    _audit(connection, act, "incident.resolved", number, text)
    return _change(connection, held, None, state="resolved", resolved=_when(act), **_taken(held, act))


def reopen(connection: Connection, number: int, act: Act, reason: str) -> Incident:
    """It was not over. Raises UsageError for one that is not mitigated or resolved."""
    held = _read(connection, number)
    if held.state not in ("mitigated", "resolved"):
        raise UsageError(t("incident {id} is not over", id=number), t("only what is over can be reopened"))
    note(connection, number, "reopened", act, reason)
    _audit(connection, act, "incident.reopened", number, reason)
    return _change(connection, held, None, state="open", mitigated=0, resolved=0)


def merge(connection: Connection, number: int, into: int, act: Act, reason: str = "") -> Incident:
    """Incident `number` was part of `into`, which goes on with the SLOs, causes and timelines of both; returns that."""
    held, other = _going(connection, number, even_resolved=True), _read(connection, into)
    if number == into or other.state == "merged":
        raise UsageError(
            t("incident {id} cannot be merged into {other}", id=number, other=into),
            t("name another one, which is not merged itself"),
        )
    note(connection, number, "merged", act, reason, {"into": into})
    note(connection, into, "took_in", act, reason, {"taken": number, "title": held.title})
    _audit(connection, act, "incident.merged", number, f"into {into}: {reason}")
    _change(connection, held, None, state="merged", merged_into=into)
    causes = tables.incident_causes
    connection.execute(update(causes).where(causes.c.incident_id == number).values(incident_id=into))
    values: dict[str, object] = {
        "slos": "\n".join(dict.fromkeys([*other.slos, *held.slos])),
        "services": "\n".join(dict.fromkeys([*other.services, *held.services])),
        "opened": min(other.opened_at, held.opened_at),
    }
    if first := min((one.acknowledged_at for one in (held, other) if one.acknowledged_at), default=0):
        values["acknowledged"] = first
    return _change(connection, other, None, **values)


# -- what is edited ---------------------------------------------------------------------------------------------------


def rename(connection: Connection, number: int, title: str, act: Act, seen: int | None = None) -> Incident:
    held = _read(connection, number)
    found = _change(connection, held, seen, title=storable(title, LONGEST))
    note(connection, number, "renamed", act, title, {"before": held.title})
    _audit(connection, act, "incident.renamed", number, title)
    return found


def show_to(connection: Connection, number: int, act: Act, *, private: bool, seen: int | None = None) -> Incident:
    """Hide an incident from those who are not of its team, or show it to all."""
    found = _change(connection, _read(connection, number), seen, private=int(private))
    note(connection, number, "made_private" if private else "made_public", act)
    _audit(connection, act, "incident.private" if private else "incident.public", number)
    return found


def assign(connection: Connection, number: int, role: str, person: str, act: Act, seen: int | None = None) -> Incident:
    """Give a role to somebody; `person` "": nobody has it any more. Raises UsageError for no role."""
    if role not in ROLES:
        raise UsageError(t("there is no role {role}", role=role), t("the roles are: {names}", names=", ".join(ROLES)))
    held = _going(connection, number, even_resolved=True)
    found = _change(connection, held, seen)
    table = tables.incident_roles
    here = (table.c.incident_id == number, table.c.role == role)
    if connection.execute(update(table).where(*here).values(person=person)).rowcount == 0:
        connection.execute(insert(table).values(incident_id=number, role=role, person=person))
    note(connection, number, "role", act, person, {"role": role, "before": held.roles.get(role, "")})
    _audit(connection, act, "incident.role", number, f"{role}: {person}")
    return _read(connection, found.id)


def type_times(
    connection: Connection, number: int, typed: Typed, act: Act, reason: str, seen: int | None = None
) -> Incident:
    """Write down when its impact began and ended as somebody says; what was measured stays beside it."""
    held = _read(connection, number)
    found = _change(connection, held, seen, typed=records.encoded(typed))
    detail = {"start": typed.start, "end": typed.end, "before": {"start": held.typed.start, "end": held.typed.end}}
    note(connection, number, "times", act, reason, detail)
    _audit(connection, act, "incident.times", number, reason)
    return found


def measured(connection: Connection, number: int, measurement: Measurement, act: Act) -> Incident:
    """Keep what counts say now. A line of the timeline is written when start or end are others than before; the version
    stays, for nobody's edit is about it."""
    held = _read(connection, number)
    before = held.measured
    edges = [edge.minute if edge else None for edge in (measurement.start, measurement.end)]
    known = [edge.minute if edge else None for edge in (before.start, before.end)] if before else [None, None]
    if edges != known:
        note(connection, number, "measured", act, "", {"start": edges[0], "end": edges[1]})
    table = tables.incidents
    connection.execute(update(table).where(table.c.id == number).values(measured=records.encoded(measurement)))
    return _read(connection, number)


def add_task(
    connection: Connection, number: int, text: str, act: Act, owner: str = "", due: int | None = None
) -> tuple[Incident, Task]:
    """Add something to be done; returns both as they stand."""
    held = _going(connection, number, even_resolved=True)
    table = tables.incident_tasks
    values = {"text": storable(text, LONGEST), "owner": owner, "author": act.who, "due": due or 0, "added": act.at}
    new = insert(table).values(incident_id=number, done=0, **values).returning(table.c.id)
    task = int(connection.execute(new).scalar_one())
    note(connection, number, "task", act, text, {"task": task, "owner": owner, "due": due})
    _audit(connection, act, "incident.task", number, text)
    found = _change(connection, held, None)
    return found, next(one for one in found.tasks if one.id == task)


def finish_task(connection: Connection, number: int, task: int, act: Act) -> Incident:
    """A task is done; its reminder is called off. Raises UsageError when the incident has no such task."""
    held = _read(connection, number)
    found = next((one for one in held.tasks if one.id == task), None)
    if found is None:
        raise UsageError(
            t("incident {id} has no task {task}", id=number, task=task), t("kakeibo incident show lists them")
        )
    if found.done is not None:
        return held
    table = tables.incident_tasks
    connection.execute(update(table).where(table.c.id == task).values(done=act.at))
    outbox.call_off(connection, [reminder_cause(task)])
    note(connection, number, "task_done", act, found.text, {"task": task})
    _audit(connection, act, "incident.task_done", number, found.text)
    return _change(connection, held, None)


def reminder_cause(task: int) -> str:
    """What letters that remind of a task are about."""
    return f"incident-task:{task}"


# -- the timeline -----------------------------------------------------------------------------------------------------


def note(
    connection: Connection,
    number: int,
    kind: Kind,
    act: Act,
    text: str = "",
    detail: Mapping[str, Any] | None = None,
) -> int:
    """Add a line to a timeline; returns its number. A line is never altered: whoever was wrong adds another."""
    table = tables.incident_entries
    values = {
        "incident_id": number,
        "at": _when(act),
        "entered": act.at,
        "kind": kind,
        "author": act.who,
        "door": act.door,
        "text": storable(text, LONGEST),
        "detail": msgspec.json.encode(detail).decode() if detail else "",
    }
    return int(connection.execute(insert(table).values(values).returning(table.c.id)).scalar_one())


def once(
    connection: Connection,
    number: int,
    cause: str,
    kind: Kind,
    act: Act,
    text: str = "",
    detail: Mapping[str, Any] | None = None,
) -> bool:
    """Add a line of what is known by `cause`, such as "complaint:17", unless it stands in a timeline already; whether
    it was added."""
    if records.of_cause(connection, cause) is not None:
        return False
    _claim(connection, number, [cause], act)
    note(connection, number, kind, act, text, detail)
    return True


def say(connection: Connection, number: int, text: str, act: Act, register: Register | None = None) -> Incident:
    """Write a note, or with a `register` an update for those readers."""
    held = _read(connection, number)
    if register is None:
        note(connection, number, "note", act, text)
    else:
        note(connection, number, "update", act, text, {"register": register})
    _audit(connection, act, f"incident.{'update' if register else 'note'}", number, text)
    return held


def mark(connection: Connection, number: int, entry: int, act: Act, *, milestone: bool = True) -> Incident:
    """Mark an entry as a milestone, or no longer; the entry itself stays as it is. Raises UsageError without one."""
    table = tables.incident_entries.c
    held = _read(connection, number)
    records.place_of(connection, number, entry)
    owner = connection.scalar(select(table.incident_id).where(table.id == entry))
    row = {"incident_id": owner, "entry_id": entry, "marked": int(milestone), "at": act.at, "author": act.who}
    connection.execute(insert(tables.incident_marks).values(row))
    _audit(connection, act, "incident.milestone" if milestone else "incident.no_milestone", number, str(entry))
    return held


def latest_entry(connection: Connection, number: int) -> int | None:
    """The number of the entry that was written last."""
    table = tables.incident_entries.c
    found = connection.scalar(select(func.max(table.id)).where(table.incident_id == number))
    return None if found is None else int(found)


# -- within -----------------------------------------------------------------------------------------------------------


def _read(connection: Connection, number: int) -> Incident:
    """Without its timeline, which may be long."""
    return records.incident(connection, number, entries=0)


def _going(connection: Connection, number: int, *, even_resolved: bool = False) -> Incident:
    """An incident that is not over. Raises UsageError."""
    held = _read(connection, number)
    if held.state == "merged":
        raise UsageError(
            t("incident {id} was merged into {other}", id=number, other=held.merged_into),
            t("name that one: its timeline has both"),
        )
    if held.state == "resolved" and not even_resolved:
        raise UsageError(t("incident {id} is resolved", id=number), t("kakeibo incident reopen opens it again"))
    return held


def _change(connection: Connection, held: Incident, seen: int | None, **values: object) -> Incident:
    """Write `values` and raise the version. Raises EditConflict when it is no longer as it was seen."""
    if seen is not None and seen != held.version:
        last = records.timeline(connection, held.id, limit=1)
        raise EditConflict(
            t("incident {id} was changed meanwhile by {who}, at {time}", id=held.id,
              who=last[-1].author if last else "?", time=clock.iso(last[-1].at // 60) if last else "?"),
            t("look at it again, then enter yours"),
        )  # fmt: skip
    table = tables.incidents
    ours = update(table).where(table.c.id == held.id, table.c.version == held.version)
    if connection.execute(ours.values(version=held.version + 1, **values)).rowcount != 1:
        raise EditConflict(
            t("incident {id} was changed meanwhile", id=held.id), t("look at it again, then enter yours")
        )
    return _read(connection, held.id)


def _claim(connection: Connection, number: int, causes: Iterable[str], act: Act) -> None:
    if rows := [{"key": cause, "incident_id": number, "at": act.at} for cause in causes]:
        connection.execute(insert(tables.incident_causes), rows)


def _taken(held: Incident, act: Act) -> dict[str, int]:
    """Whoever does anything with it has acknowledged it."""
    return {} if held.acknowledged_at else {"acknowledged": _when(act)}


def _when(act: Act) -> int:
    return act.at if act.about is None else act.about


def _audit(connection: Connection, act: Act, action: str, number: int, detail: str = "") -> None:
    if act.who != WORKER:
        audit.note(connection, act.who, action, f"incident {number}", detail)
