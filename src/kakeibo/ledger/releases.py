"""Releases of services: what went live, and when. Rows are added, never altered."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, fields
from typing import Final

from sqlalchemy import insert, select

from kakeibo.store import Store, audit, tables


@dataclass(frozen=True, slots=True)
class Release:
    """`version` of `service` went live in minute `at`; `entered`: the minute in which it was told. `note` may be ""."""

    service: str
    version: str
    at: int
    author: str
    note: str
    entered: int
    id: int | None = None


_FIELDS: Final = tuple(field.name for field in fields(Release))
_COLUMNS: Final = tuple(tables.releases.c[name] for name in _FIELDS)


def record(store: Store, new: Release) -> tuple[Release, bool]:
    """Keep a release; whether it was new. The version that went live last, told again, is the same release: a pipeline
    that is run anew tells it twice."""
    table = tables.releases
    values = {name: getattr(new, name) for name in _FIELDS if name != "id"}
    of_service = select(*_COLUMNS).where(table.c.service == new.service)
    with store.writing() as connection:
        before = of_service.where(table.c.at <= new.at).order_by(table.c.at.desc(), table.c.id.desc()).limit(1)
        held = connection.execute(before).one_or_none()
        if held is not None and held.version == new.version:
            return Release(*held), False
        number = connection.execute(insert(table).values(values).returning(table.c.id)).scalar_one()
        audit.note(connection, new.author, "release", f"{new.service} {new.version}", new.note)
    return Release(**values, id=int(number)), True


def releases(
    store: Store,
    services: Collection[str] | None = None,
    *,
    since: int | None = None,
    until: int | None = None,
    newest: int | None = None,
    before: int | None = None,
) -> list[Release]:
    """Releases in [since, until), the latest first; `services` None: of all. `newest`: so many, those that were told
    last first, with a number below `before` where that is given."""
    table = tables.releases.c
    rows = select(*_COLUMNS).order_by(table.at.desc(), table.id.desc())
    if services is not None:
        rows = rows.where(table.service.in_(services))
    if since is not None:
        rows = rows.where(table.at >= since)
    if until is not None:
        rows = rows.where(table.at < until)
    if newest is not None:
        rows = rows.order_by(None).order_by(table.id.desc()).limit(newest)
    if before is not None:
        rows = rows.where(table.id < before)
    with store.reading() as connection:
        return [Release(*row) for row in connection.execute(rows)]
