"""Causes on two axes: what set an outage off (trigger), and what was wrong all the while (root cause).

The first eight triggers and the first five root causes are those of the Site Reliability Workbook, appendix C, "Results
of Postmortem Analysis" (tables C-1 and C-2), in its order; the others are what postmortems of other organisations name
beside them. Keys are stable: files, checks and reports know causes by them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from kakeibo.i18n import marked, t

Axis = Literal["trigger", "root_cause"]


@dataclass(frozen=True, slots=True)
class Cause:
    """One entry of an axis. `english` is its name, a marked sentence; `means`: what belongs to it, likewise."""

    axis: Axis
    key: str
    english: str
    means: str

    @property
    def name(self) -> str:
        """Its name in the language in use."""
        return t(self.english)

    @property
    def meaning(self) -> str:
        """What belongs to it, in the language in use."""
        return t(self.means)


def _axis(axis: Axis, *entries: tuple[str, str, str]) -> Mapping[str, Cause]:
    return {key: Cause(axis, key, english, means) for key, english, means in entries}


TRIGGERS: Final = _axis(
    "trigger",
    ("release", marked("Release of a program"), marked("a new version went out, or was rolled back")),
    ("configuration", marked("Change of configuration"), marked("a setting, a feature flag, a rule, a certificate")),
    ("load", marked("Other behaviour of users"), marked("more requests than usual, or unusual ones")),
    ("pipeline", marked("Data processing"), marked("a batch or a data pipeline that failed or ran late")),
    ("dependency", marked("Change at a provider"), marked("another service or a provider failed or changed")),
    ("decay", marked("Slow decline"), marked("growth, leaks, ageing data: slower and slower until it broke")),
    ("capacity", marked("Capacity was changed or ran out"), marked("scaling, quotas, disks, pools, addresses")),
    ("hardware", marked("Hardware"), marked("a machine, a disk, a device, power")),
    ("schedule", marked("Something scheduled"), marked("a cron job, the first of the month, an expiry date")),
    ("operation", marked("A step done by hand"), marked("a command, a migration, maintenance")),
    ("attack", marked("Attack or misuse"), marked("floods of requests, stolen keys")),
    ("other_trigger", marked("Another trigger"), marked("none of the others; the text says what")),
)
"""What set it off. Key -> cause, in the order in which they are shown."""

ROOT_CAUSES: Final = _axis(
    "root_cause",
    ("software", marked("Fault in the program"), marked("a bug, a missing time-out, a retry without limit")),
    ("process", marked("Way of working"), marked("review, tests, hand-over: how changes come about")),
    ("complexity", marked("Parts acting on each other"), marked("each part did as it should, the whole did not")),
    ("deployment", marked("Planning of roll-outs"), marked("all at once, in the wrong order, no way back")),
    ("network", marked("Network"), marked("routes, names, load balancers, links between places")),
    ("capacity_planning", marked("Too little room"), marked("known or foreseeable load did not fit")),
    ("observability", marked("Nobody could see it"), marked("no alert, no log, no runbook: found late")),
    ("design", marked("Single point of failure"), marked("one replica, one zone, one provider")),
    ("data", marked("Data"), marked("wrong, missing or unexpected data")),
    ("hardware_fault", marked("Fault in hardware"), marked("it broke, and was not made to be replaced")),
    ("external_fault", marked("Outside our reach"), marked("the fault of a provider, and no way around it")),
    ("other_root_cause", marked("Another root cause"), marked("none of the others; the text says what")),
)
"""What was wrong all the while. Key -> cause, in the order in which they are shown."""

CAUSES: Final[Mapping[str, Cause]] = {**TRIGGERS, **ROOT_CAUSES}
"""All of them: no key is on both axes."""
