"""Jobs that all begin in the same minute, at the top of the hour: a load that nobody has ordered."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import ClassVar, Final

from kakeibo.definitions.nodes import Position
from kakeibo.errors import Problem
from kakeibo.i18n import marked, t
from kakeibo.practice import sidekiq, trees
from kakeibo.practice.kinds import Check, Material, finding

_NAMED: Final = {
    "@hourly": "0 * * * *", "@daily": "0 0 * * *", "@midnight": "0 0 * * *", "@weekly": "0 0 * * 0",
    "@monthly": "0 0 1 * *", "@yearly": "0 0 1 1 *", "@annually": "0 0 1 1 *",
}  # fmt: skip
_CRON: Final = re.compile(r"cron\((.*)\)")


class SameMinute(Check):
    KIND = "same-minute"
    LOOKS_AT = ("kubernetes", "sidekiq", "terraform")
    SUMMARY = marked("Many jobs begin in the same minute")
    CAUSES = frozenset({"schedule", "load", "pipeline", "capacity_planning"})
    WORDS: ClassVar[tuple[str, ...]] = (
        "cron", "schedul", "batch", "nightly", "monthly", "midnight", "first of the month", "every hour",
        "月初", "月次", "バッチ", "定時", "深夜", "定期", "毎時",
    )  # fmt: skip

    def findings(self, material: Material) -> Iterator[Problem]:
        begins: dict[tuple[str, ...], list[tuple[str, Position]]] = {}
        for name, expression, place in _jobs(material):
            if when := at_the_top(expression):
                begins.setdefault(when, []).append((name, place))
        for when, jobs in begins.items():
            if len(jobs) > 1:
                names, (_, place) = ", ".join(name for name, _ in jobs), jobs[0]
                yield finding(
                    place,
                    t(
                        "{n} jobs begin in the same minute ({cron}): {names}",
                        n=len(jobs),
                        cron=" ".join(when),
                        names=names,
                    ),
                    t(
                        "give each a minute of its own, such as {example}",
                        example=f"{7 + len(jobs)} {' '.join(when[1:])}",
                    ),
                )


def at_the_top(expression: str) -> tuple[str, ...] | None:
    """The five parts of a cron expression that begins at minute 0, without seconds and years; None for any other."""
    written = _NAMED.get(expression.strip().lower(), expression).split()
    if len(written) == 6 and written[0].isdecimal():
        written = written[1:]
    parts = tuple(part.replace("?", "*") for part in written[:5])
    return parts if len(parts) == 5 and parts[0] in ("0", "00") else None


def _jobs(material: Material) -> Iterator[tuple[str, str, Position]]:
    """(name, cron expression, place) of every job on a timetable."""
    files = material.files
    for job in files.cluster.of_kind("CronJob"):
        if trees.text(job.root, "spec", "suspend") != "true":
            yield job.called, trees.text(job.root, "spec", "schedule"), trees.place(job.root, "spec", "schedule")
    for root in files.timetables:
        yield from sidekiq.timetable(root)
    for resource in files.resources:
        found = _CRON.fullmatch(str(resource.values.get("schedule_expression") or ""))
        if found and resource.kind in ("aws_cloudwatch_event_rule", "aws_scheduler_schedule"):
            minute, *rest = found[1].split()  # of six parts the last one is the year
            yield resource.address, " ".join([minute, *rest[:4]]), resource.place
