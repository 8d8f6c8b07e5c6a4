"""An incident -> the draft of its postmortem: what is known is filled in, what is not stands there as a question."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from kakeibo.i18n import language, t
from kakeibo.incidents.nouns import Entry, Harm, Incident
from kakeibo.letters import figures, phrases, policies
from kakeibo.letters.policies import Names
from kakeibo.postmortems.form import Form, Head, Measured, Question

_TOLD = 300
"""Characters of an entry of the timeline."""


@dataclass(frozen=True, slots=True)
class Setting:
    """What a draft needs beside the incident: the zone of its reader, names of objectives, the team in charge."""

    zone: str
    names: Names
    team: str | None
    day: date


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
    found = incident.measured
    above = [harm.above for harm in found.harms] if found else []
    return Measured(
        began=60 * found.start.minute if found and found.start else None,
        ended=60 * found.end.minute if found and found.end else None,
        detected=found.detected if found else None,
        acknowledged=incident.acknowledged_at,
        resolved=incident.resolved_at,
        bad=max(0, round(max(above))) if above else None,
        users=found.users if found else None,
        burnt={harm.slo: harm.share for harm in found.harms if harm.share is not None} if found else {},
    )


def _summary(incident: Incident, setting: Setting) -> str:
    found = incident.measured
    if found is None or found.start is None:
        return t("No impact is seen in the counts.")
    harm = max(found.harms, key=lambda one: (one.share or 0, one.above), default=None)
    begun = figures.moment(found.start.minute, setting.zone)
    if found.end is None:
        when = t("It began at {start}, and had not ended when this was written.", start=begun)
    else:
        lasted = figures.span(found.end.minute - found.start.minute)
        ended = figures.moment(found.end.minute, setting.zone)
        when = t("From {start} to {end} ({span}).", start=begun, end=ended, span=lasted)
    return phrases.joined([when, *([_harmed(harm, setting)] if harm else [])])


def _harmed(harm: Harm, setting: Setting) -> str:
    name = policies.name(harm.slo, setting.names)
    failed = t(
        "{name}: {bad} of {valid} failed", name=name, bad=figures.whole(harm.bad), valid=figures.whole(harm.valid)
    )
    if harm.share is None:
        return t("{failed}.", failed=failed)
    return t("{failed}, which spent {share} of its budget.", failed=failed, share=figures.percent(harm.share))


def _impact(incident: Incident, setting: Setting) -> Iterator[str]:
    found = incident.measured
    for harm in found.harms if found else ():
        above = t("{n} more than usual", n=figures.amount(harm.above))
        yield f"- {_harmed(harm, setting)} ({above})"
    users = found.users if found else None
    yield "- " + (t("Users hit: {n}", n=figures.whole(users)) if users is not None else t("Users hit: not known"))


def _timeline(incident: Incident, setting: Setting) -> Iterator[str]:
    """The milestones where somebody marked some; else all that says how it went."""
    marked = [entry for entry in incident.timeline if entry.milestone]
    found = incident.measured
    lines = [(entry.at, words) for entry in marked or incident.timeline if (words := _words(entry, setting))]
    if found and found.start:
        lines.append((60 * found.start.minute, t("the impact begins (measured)")))
    if found and found.end:
        lines.append((60 * found.end.minute, t("the impact ends (measured)")))
    for at, words in sorted(lines, key=lambda line: line[0]):
        yield f"- {figures.moment(at // 60, setting.zone)}: {words}"


def _words(entry: Entry, setting: Setting) -> str:
    """What an entry says; "" for one that says nothing of how it went."""
    said, who = phrases.printable(" ".join(entry.text.split()), _TOLD), phrases.printable(entry.author)
    objective = policies.name(entry.text, setting.names)
    sentences = {
        "opened": t("incident opened"),
        "acknowledged": t("{who} looks after it", who=who),
        "mitigated": t("{who}: users are no longer harmed", who=who),
        "resolved": t("{who}: it is over", who=who),
        "reopened": t("opened again"),
        "alert": t("alert: {name}", name=objective),
        "alert_over": t("alert over: {name}", name=objective),
        "release": t("release: {text}", text=said),
        "enquiry": t("a user wrote: {text}", text=said),
        "call": t("called: {text}", text=said),
    }
    if entry.kind in ("note", "update", "message"):
        return f"{who}: {said}"
    return sentences.get(entry.kind, "")


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
        name, spent = policies.name(harm.slo, setting.names), figures.amount(harm.spent)
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
    yield t("What set it off? (triggers: above, and the section below)")
    yield t("What was wrong all the while? (root_causes: above, and the section below)")
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
