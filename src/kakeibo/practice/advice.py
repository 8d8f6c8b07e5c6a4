"""Which checks have something to say, and what it is worth: findings, with the postmortems that they come from.

A check runs while a postmortem of the last year that burnt budget has its causes. One that no postmortem cites does
not run, and one whose causes have been quiet for a year has retired.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Final, Literal

from kakeibo.errors import Problem
from kakeibo.practice.ignores import Ignore, ignore_of
from kakeibo.practice.kinds import Check, Material, checks
from kakeibo.practice.lessons import Lesson, burnt

Standing = Literal["cited", "uncited", "retired"]
STANDINGS: Final[tuple[Standing, ...]] = ("cited", "uncited", "retired")


@dataclass(frozen=True, slots=True)
class Finding:
    """One place; `ignored`: what keeps it from being told."""

    problem: Problem
    ignored: Ignore | None = None


@dataclass(frozen=True, slots=True)
class Advice:
    """What one check says. `cited`: every postmortem that it comes from, the newest first; `burnt`: what those of the
    last year burnt, by SLO; `saved`: their part of all that was burnt then, None when nothing was."""

    check: Check
    standing: Standing
    cited: tuple[Lesson, ...]
    burnt: Mapping[str, Fraction]
    saved: Fraction | None
    findings: tuple[Finding, ...]

    @property
    def told(self) -> tuple[Finding, ...]:
        return tuple(finding for finding in self.findings if finding.ignored is None)


@dataclass(frozen=True, slots=True)
class Review:
    """One look at everything. `advice`: of the checks that ran, those that burnt most first; `resting`: kind -> why it
    did not run; `files`: how many were looked at; `unread`: what should have been and could not; `burnt`: by SLO, what
    all incidents of the year burnt."""

    at: int
    advice: tuple[Advice, ...]
    resting: Mapping[str, Standing]
    files: int
    unread: tuple[Problem, ...]
    burnt: Mapping[str, Fraction]
    lessons: int

    @property
    def with_findings(self) -> tuple[Advice, ...]:
        return tuple(one for one in self.advice if one.told)


def review(
    material: Material,
    lessons: Sequence[Lesson],
    today: date,
    *,
    everything: bool = False,
    found_in: Iterable[Check] | None = None,
) -> Review:
    """Run the checks that postmortems up to `today` cite, or with `everything` all of them. `found_in`: these checks
    alone."""
    lessons = [lesson for lesson in lessons if lesson.day <= today]
    fresh = [lesson for lesson in lessons if lesson.is_fresh(today)]
    total = burnt(fresh)
    advice, resting = [], dict[str, Standing]()
    for check in checks().values() if found_in is None else found_in:
        cited = tuple(lesson for lesson in lessons if lesson.teaches(check.CAUSES, check.WORDS))
        standing = standing_of(cited, today)
        if standing != "cited" and not everything:
            resting[check.KIND] = standing
            continue
        mine = burnt(lesson for lesson in cited if lesson.is_fresh(today))
        advice.append(Advice(check, standing, cited, mine, _part(mine, total), _findings(check, material, today)))
    advice.sort(key=lambda one: (STANDINGS.index(one.standing), -sum(one.burnt.values()), one.check.KIND))
    return Review(
        at=material.history.at,
        advice=tuple(advice),
        resting=resting,
        files=len(material.files.looked_at),
        unread=tuple(material.files.unread),
        burnt=total,
        lessons=len(lessons),
    )


def standing_of(cited: Sequence[Lesson], today: date) -> Standing:
    """Whether a check with these postmortems runs."""
    if not cited:
        return "uncited"
    return "cited" if any(lesson.is_fresh(today) and lesson.has_burnt for lesson in cited) else "retired"


def _findings(check: Check, material: Material, today: date) -> tuple[Finding, ...]:
    """What a check finds, in the order of files and lines, the same thing once."""
    problems = sorted(dict.fromkeys(check.findings(material)))
    return tuple(Finding(one, ignore_of(material.files.ignores, check.KIND, one, today)) for one in problems)


def _part(mine: Mapping[str, Fraction], total: Mapping[str, Fraction]) -> Fraction | None:
    whole = sum(total.values(), Fraction(0))
    return sum(mine.values(), Fraction(0)) / whole if whole else None
