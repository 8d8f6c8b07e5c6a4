"""Whether the habit is alive: of the postmortems that were due, how many were published, how soon, read by how many."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import get_args

from sqlalchemy import Connection, insert, select

from kakeibo.policies import PostmortemReason
from kakeibo.postmortems.criterion import Due
from kakeibo.postmortems.records import Postmortem, Where, reading
from kakeibo.store import tables


@dataclass(frozen=True, slots=True)
class Owed:
    """What the criterion said of an incident, in second `at`; `postmortem`: the draft that opened, None for none."""

    incident: int
    due: Due
    team: str | None
    at: int
    postmortem: int | None


@dataclass(frozen=True, slots=True)
class Adoption:
    """`due`: postmortems that were owed; `published` of them; `exempt`: counted, though the cause lay outside;
    `withdrawn`: owed too, until somebody said that nobody needs one.
    `lead_times`: seconds from when one was due until it was published, sorted; `readers` of each published one that was
    opened by somebody who was signed in."""

    due: int
    published: int
    exempt: int
    lead_times: tuple[int, ...]
    readers: tuple[int, ...]
    withdrawn: int = 0

    @property
    def share(self) -> Fraction | None:
        """Share of the due ones that were published; None: none was due."""
        return Fraction(self.published, self.due) if self.due else None

    @property
    def median_lead(self) -> int | None:
        """The lower median of the lead times; None: there is none."""
        return self.lead_times[(len(self.lead_times) - 1) // 2] if self.lead_times else None


def note(connection: Connection, owed: Owed) -> None:
    """Keep what was said of an incident: once, whoever says it again."""
    row = {
        "incident_id": owed.incident,
        "reasons": "\n".join(owed.due.reasons),
        "team": owed.team or "",
        "exempt": int(owed.due.exempt),
        "postmortem_id": owed.postmortem or 0,
        "at": owed.at,
    }
    connection.execute(insert(tables.postmortem_dues).values(row))


def judged(where: Where, incidents: Collection[int] | None = None) -> dict[int, Owed]:
    """Incident -> what was said of it; of `incidents` alone where they are given."""
    table = tables.postmortem_dues
    rows = select(table).order_by(table.c.incident_id)
    if incidents is not None:
        rows = rows.where(table.c.incident_id.in_(incidents))
    with reading(where) as connection:
        return {
            row.incident_id: Owed(
                row.incident_id,
                Due(tuple(one for one in _REASONS if one in row.reasons.split("\n")), bool(row.exempt)),
                row.team or None,
                row.at,
                row.postmortem_id or None,
            )
            for row in connection.execute(rows)
        }


_REASONS: tuple[PostmortemReason, ...] = get_args(PostmortemReason)


def adoption(owed: Sequence[Owed], postmortems: Sequence[Postmortem], readers: dict[int, int]) -> Adoption:
    """How the habit stands, of what was owed (those of a team, or of a time). Whoever finds out that the cause lies
    outside says so in the postmortem: then it is exempt, too."""
    oldest_first = [one for one in reversed(postmortems) if one.incident is not None]
    last_the_wanted = sorted(oldest_first, key=lambda one: one.state != "withdrawn")
    by_incident = {one.incident: one for one in last_the_wanted}
    outside = {number for number, one in by_incident.items() if one.external and one.state != "published"}
    wanted = [one for one in owed if one.due.reasons and not one.due.exempt and one.incident not in outside]
    dropped = {number for number, one in by_incident.items() if one.state == "withdrawn"}
    due = [one for one in wanted if one.incident not in dropped]
    done = [(one, found) for one in due if (found := by_incident.get(one.incident)) and found.state == "published"]
    leads = sorted(max(0, (found.published_at or 0) - one.at) for one, found in done)
    read = [readers[one.id] for one in postmortems if one.state == "published" and one.id in readers]
    exempt = sum(bool(one.due.reasons) for one in owed) - len(wanted)
    return Adoption(len(due), len(done), exempt, tuple(leads), tuple(read), len(wanted) - len(due))
