"""Scenarios of the Wheel of Misfortune: a JSON list of incidents that a game master tells and volunteers talk through.

Each has `id`, `title`, `scenario` and maybe `difficulty`; there are no events in it, so that nothing is counted and no
alert is raised. (The format is that of github.com/dastergon/wheel-of-misfortune.)
"""

from __future__ import annotations

import random
from pathlib import Path
from typing import Final

import msgspec

from kakeibo.definitions.files import problem
from kakeibo.errors import UsageError
from kakeibo.i18n import t
from kakeibo.practice.drills.scenarios import Inject, Scenario

MINUTES: Final = 30
"""How long a scenario that is only told is talked about."""


class Incident(msgspec.Struct, frozen=True):
    """One sector of the wheel."""

    id: str | int
    title: str
    scenario: str = ""
    difficulty: str | int = ""


def read(path: Path, text: str, pick: str) -> Scenario:
    """The incident whose id is `pick`, or any of them: the wheel is spun. Raises BookError and UsageError."""
    try:
        incidents = msgspec.json.decode(text, type=list[Incident])
    except msgspec.DecodeError as error:
        mend = t("it is a list of incidents with id, title and scenario")
        raise problem(path, t("not a file of the Wheel of Misfortune ({reason})", reason=error), mend) from None
    if not incidents:
        raise problem(path, t("the wheel is empty"), t("write at least one incident"))
    if not pick:
        return _scenario(path, random.SystemRandom().choice(incidents))
    for incident in incidents:
        if str(incident.id) == pick:
            return _scenario(path, incident)
    raise UsageError(
        t("there is no incident {id} on this wheel", id=pick),
        t("there are: {names}", names=", ".join(str(one.id) for one in incidents[:20])),
    )


def _scenario(path: Path, incident: Incident) -> Scenario:
    told = {"en": incident.scenario or incident.title, "ja": incident.scenario or incident.title}
    return Scenario(
        name=f"{path.stem}-{incident.id}",
        title={"en": incident.title, "ja": incident.title},
        minutes=MINUTES,
        injects=(Inject(0, "commander", told),),
    )
