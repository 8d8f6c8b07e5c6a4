"""Files of what happened outside, uploaded once and known by an address: reduced to times and numbers, then kept.

Nothing else of a file is kept, but the names of incidents: a column with names or words of customers does not get into
the store.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Final

import msgspec

from kakeibo import clock, ledger
from kakeibo.alerts.backtest import Incident
from kakeibo.app import happenings
from kakeibo.app.happenings import Enquiries
from kakeibo.errors import UsageError
from kakeibo.i18n import t
from kakeibo.ledger import outside
from kakeibo.model import Slo
from kakeibo.store import Store

KINDS: Final = ("enquiries", "churn", "incidents")
CHARGED: Final = "charged"
"""In place of a file of incidents: what was charged in the account book."""
_CAUSES: Final = ("incident", "release", "dependency")


def keep(store: Store, kind: str, name: str, content: bytes, zone: str, column: str = "") -> str:
    """Read an uploaded file, and keep what it says. Returns its key. Raises UsageError, which names the file."""
    if kind not in KINDS:
        raise UsageError(t("{kind} is not kept", kind=repr(kind)), t("there are: {names}", names=", ".join(KINDS)))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(content)
        try:
            noted = _read(path, kind, zone, column)
        except UsageError as error:
            short = f"{folder}/"
            raise UsageError(error.message.replace(short, ""), error.mend.replace(short, "")) from None
    return outside.keep(store, kind, name, msgspec.json.encode(noted).decode(), clock.minute_of(clock.now()))


def _read(path: Path, kind: str, zone: str, column: str) -> object:
    if kind == "incidents":
        return [(one.start, one.end, one.name) for one in happenings.read_incidents(path, zone)]
    found = (
        happenings.read_enquiries(path, zone, column or None)
        if kind == "enquiries"
        else happenings.read_churn(path, zone)
    )
    return {"days": {day.isoformat(): n for day, n in found.days.items()}, "hours": sorted(found.hours.items())}


def enquiries(store: Store, kind: str, key: str) -> Enquiries:
    """Enquiries, or churn, as kept. Raises UsageError when there are none of that key."""
    held = msgspec.json.decode(_content(store, kind, key))
    return Enquiries({date.fromisoformat(day): n for day, n in held["days"].items()}, dict(held["hours"]))


def incidents(store: Store, key: str) -> list[Incident]:
    """Incidents as kept. Raises UsageError when there are none of that key."""
    return [Incident(*one) for one in msgspec.json.decode(_content(store, "incidents", key))]


def charged(store: Store, slo: Slo) -> list[Incident]:
    """What was charged in the account book as an incident, a release or somebody else's service, for an objective;
    those that overlap as one."""
    slips = [slip for slip in ledger.slips(store, "charge") if slip.revoked is None and slip.kind in _CAUSES]
    found = sorted((slip.from_minute, slip.to_minute, slip.name) for slip in slips if slip.covers(slo.name))
    return list(_joined(Incident(*one) for one in found))


def _joined(found: Iterable[Incident]) -> list[Incident]:
    joined: list[Incident] = []
    for one in found:
        if joined and one.start < joined[-1].end:
            last = joined[-1]
            joined[-1] = Incident(last.start, max(last.end, one.end), " / ".join(dict.fromkeys([last.name, one.name])))
        else:
            joined.append(one)
    return joined


def name_of(store: Store, kind: str, key: str) -> str:
    """The name of the file that something was kept from; "" when there is none of that key."""
    found = outside.note(store, kind, key)
    return found.name if found else ""


def _content(store: Store, kind: str, key: str) -> str:
    found = outside.note(store, kind, key)
    if found is None:
        raise UsageError(t("no {kind} of that name are kept", kind=kind), t("choose the file again"))
    return found.content
