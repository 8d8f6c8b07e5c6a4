"""An incident -> the draft of its postmortem: what is known is filled in, what is not stands there as a question."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from kakeibo.i18n import language, t
from kakeibo.incidents.changes import WORKER
from kakeibo.incidents.nouns import Entry, Incident
from kakeibo.letters import figures, phrases
from kakeibo.letters.incidents import entry_line, harm_line, objective, worst
from kakeibo.model import Book
from kakeibo.postmortems.causes import ROOT_CAUSES, TRIGGERS
from kakeibo.postmortems.form import Form, Head, Measured, Question

_TELLING: Final = (
    "opened", "acknowledged", "mitigated", "resolved", "reopened", "took_in", "alert", "alert_over", "call", "release",
    "note", "update", "message",
)  # fmt: skip
_LINES: Final = 60
"""So many lines of a timeline at most: the incident has all of them."""


@dataclass(frozen=True, slots=True)
class Setting:
    """What a draft needs beside the incident: names, and the reader's zone; the team in charge; the day."""

    book: Book
    team: str | None
    day: date

    @property
    def zone(self) -> str:
        return self.book.organisation.timezone


def draft(incident: Incident, setting: Setting) -> Form:
    """The form of an incident, in the language in use."""
    return Form(
        head=Head(
            title=" ".join(incident.title.split()),
            date=setting.day,
            team=setting.team,
            services=incident.services,
            incident=incident.id,
            author=incident.roles.get("commander", ""),
            language=language(),
            measured=measured(incident),
        ),
        texts={
            "summary": _summary(incident, setting),
            "impact": "\n".join(_impact(incident, setting)),
            "timeline": "\n".join(_timeline(incident, setting)),
            "detection": _detection(incident, setting),
            "trigger": "",
            "root_causes": "",
            "well": "",
            "badly": "",
            "lucky": "",
            "budget": "\n".join(_budget(incident, setting)),
        },
        questions=tuple(map(Question, _questions(incident))),
    )


def measured(incident: Incident) -> Measured:
    """What was counted of an incident."""
    found, hardest = incident.measured, worst(incident)
    return Measured(
        began=60 * found.start.minute if found and found.start else None,
        ended=60 * found.end.minute if found and found.end else None,
        detected=found.detected if found else None,
        acknowledged=incident.acknowledged_at,
        resolved=incident.resolved_at,
        bad=max(0, round(hardest[0].above)) if hardest else None,
        users=found.users if found else None,
        burnt={harm.slo: harm.share for harm in found.harms if harm.share is not None} if found else {},
    )


def _summary(incident: Incident, setting: Setting) -> str:
    found = incident.measured
    if found is None or found.start is None:
        return t("No impact is seen in the counts.")
    begun = figures.moment(found.start.minute, setting.zone)
    if found.end is None:
        when = t("It began at {start}, and had not ended when this was written.", start=begun)
    else:
        lasted = figures.span(found.end.minute - found.start.minute)
        ended = figures.moment(found.end.minute, setting.zone)
        when = t("From {start} to {end} ({span}).", start=begun, end=ended, span=lasted)
    return phrases.joined([when, *(t("{what}.", what=harm_line(setting.book, harm)) for harm in worst(incident)[:1])])


def _impact(incident: Incident, setting: Setting) -> Iterator[str]:
    for harm in worst(incident):
        yield f"- {harm_line(setting.book, harm)}"
    users = incident.measured.users if incident.measured else None
    yield "- " + (t("Users hit: {n}", n=figures.whole(users)) if users is not None else t("Users hit: not known"))


def _timeline(incident: Incident, setting: Setting) -> Iterator[str]:
    """The milestones where somebody marked some; else all that says how it went. Of enquiries the first."""
    entries = [one for one in incident.timeline if one.milestone] or _telling(incident.timeline)
    lines = [(one.at, _line(one, setting)) for one in entries]
    found = incident.measured
    if found and found.start:
        lines.append((60 * found.start.minute, t("the impact begins (measured)")))
    if found and found.end:
        lines.append((60 * found.end.minute, t("the impact ends (measured)")))
    for at, words in sorted(lines, key=lambda line: line[0]):
        yield f"- {figures.moment(at // 60, setting.zone)}: {words}"


def _telling(timeline: Sequence[Entry]) -> list[Entry]:
    first = next((one for one in timeline if one.kind == "enquiry"), None)
    return [one for one in timeline if one.kind in _TELLING or one is first][:_LINES]


def _line(entry: Entry, setting: Setting) -> str:
    words = " ".join(entry_line(setting.book, entry).split())
    return words if entry.author in ("", WORKER) else f"{words} ({phrases.printable(entry.author)})"


def _detection(incident: Incident, setting: Setting) -> str:
    found = incident.measured
    if found is None or found.detected is None or found.detection is None:
        return ""
    by = {
        "alert": t("An alert told first"),
        "acknowledgement": t("Somebody saw it before any alert told"),
        "enquiry": t("Users wrote before any alert told"),
    }[found.detection]
    when = figures.moment(found.detected // 60, setting.zone)
    if incident.time_to_detect is None:
        return t("{by}: {when}.", by=by, when=when)
    lasted = figures.span(incident.time_to_detect // 60)
    return t("{by}: {when}, {span} after the impact began.", by=by, when=when, span=lasted)


def _budget(incident: Incident, setting: Setting) -> Iterator[str]:
    for harm in incident.measured.harms if incident.measured else ():
        name, spent = objective(setting.book, harm.slo), figures.amount(harm.spent)
        allowed = figures.allowance(harm.allowed, harm.spent)
        if harm.share is None:
            yield t("- {name}: {spent} spent; nothing was allowed", name=name, spent=spent)
        else:
            share = figures.percent(harm.share, digits=1)
            yield t("- {name}: {share} ({spent} of {allowed})", name=name, share=share, spent=spent, allowed=allowed)


def _questions(incident: Incident) -> Iterator[str]:
    found = incident.measured
    if not incident.roles.get("commander"):
        yield t("Who is in charge of this postmortem? (author: above)")
    yield t("What set it off? (the section below, and triggers: above, of {keys})", keys=", ".join(TRIGGERS))
    yield t("What was wrong all the while? (the section below, and root_causes: above, of {keys})",
            keys=", ".join(ROOT_CAUSES))  # fmt: skip
    if found is None or found.start is None:
        yield t("When did users begin to be harmed, and when did it end?")
    elif found.end is None:
        yield t("When did it end?")
    if found is None or found.users is None:
        yield t("How many users were hit?")
    if found is not None and found.start is not None and found.detection != "alert":
        yield t("Why did no alert tell?")
    yield t("What went well, what went badly, and where were we lucky?")
    yield t("What keeps it from happening again? (actions, each with its owner and day)")
