"""Postmortems in plain words: states, causes, what was burnt, what is missing; for terminal, pages and digests."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from fractions import Fraction

from kakeibo.i18n import t
from kakeibo.letters import figures, phrases
from kakeibo.letters.policies import day
from kakeibo.policies import PostmortemReason
from kakeibo.postmortems.actions import Promised
from kakeibo.postmortems.adoption import Adoption
from kakeibo.postmortems.causes import CAUSES, Axis
from kakeibo.postmortems.comments import KINDS, Kind, Thread
from kakeibo.postmortems.form import ActionType
from kakeibo.postmortems.pareto import Pareto
from kakeibo.postmortems.records import Postmortem, State
from kakeibo.postmortems.review import Meeting


def state(name: State) -> str:
    """How far one has come."""
    words: dict[State, str] = {
        "draft": t("draft"),
        "ready": t("ready for the meeting"),
        "published": t("published"),
        "withdrawn": t("withdrawn"),
    }
    return words[name]


def kind(name: Kind) -> str:
    """What a comment is."""
    words: dict[Kind, str] = {
        "question": t("question"),
        "suggestion": t("suggestion"),
        "prevention": t("prevention"),
        "answer": t("answer"),
    }
    return words[name]


def action_type(name: ActionType) -> str:
    """What an action is for."""
    words: dict[ActionType, str] = {
        "prevent": t("prevent"),
        "detect": t("detect sooner"),
        "mitigate": t("hurt less"),
        "process": t("work better"),
        "other": t("other"),
    }
    return words[name]


def reasons(all_: Iterable[PostmortemReason]) -> str:
    """Why one is due."""
    words: dict[PostmortemReason, str] = {
        "budget": t("it burnt much of a budget"),
        "unnoticed": t("users were hit and no alert told"),
        "data_loss": t("data was lost"),
        "intervention": t("somebody had to act for it to end"),
    }
    return phrases.listed([words[one] for one in all_])


def axis(name: Axis) -> str:
    return t("Triggers") if name == "trigger" else t("Root causes")


def causes(keys: Sequence[str]) -> str:
    """The names of causes; that none is named is said."""
    return phrases.listed([CAUSES[key].name if key in CAUSES else phrases.printable(key) for key in keys]) or t(
        "not named"
    )


def share(burnt: Fraction | None) -> str:
    """What one incident burnt of the budget that it hit hardest."""
    return t("not known") if burnt is None else t("{share} of a budget", share=figures.percent(burnt))


def budgets(burnt: Fraction) -> str:
    """A sum of such shares, in whole budgets."""
    return t("{n} budgets", n=figures.decimal(burnt, 0, digits=2))


def title(one: Postmortem) -> str:
    return phrases.printable(one.title, 200)


def summary(one: Postmortem) -> str:
    """One in a line, without its name."""
    parts = [day(one.date), phrases.printable(one.team) if one.team else t("no team"), state(one.state)]
    burnt = t("what it burnt is not known") if one.most_burnt is None else share(one.most_burnt)
    return phrases.listed([*parts, burnt, *([t("cause outside")] if one.external else [])])


def late(one: Promised, today: date) -> str:
    """An action that is overdue: since when, whose."""
    due, owner = one.action.due, phrases.printable(one.action.owner) or t("nobody")
    if due is None:
        return owner
    return t("{owner}, due {day}, {n} days late", owner=owner, day=day(due), n=figures.whole(one.days_late(today)))


def promise(one: Promised) -> str:
    """An action that is due: whose, until when."""
    owner = phrases.printable(one.action.owner) or t("nobody")
    when = one.action.done or one.action.due
    return phrases.listed([owner, *([day(when)] if when else [])])


def basis(found: Pareto) -> str:
    """What a Pareto is made of, with what is missing in it."""
    number = figures.whole(found.total)
    if found.unmeasured == found.total:
        said = t("Of {n} published postmortems; nobody knows what they burnt.", n=number)
    else:
        said = t("Of {n} published postmortems, which burnt {burnt} in all.", n=number, burnt=budgets(found.burnt))
    if found.unnamed:
        said = phrases.joined([said, t("{n} name no cause here.", n=figures.whole(found.unnamed))])
    if 0 < found.unmeasured < found.total:
        said = phrases.joined([said, t("Of {n} nobody knows what they burnt.", n=figures.whole(found.unmeasured))])
    return said


def habit(found: Adoption) -> list[str]:
    """Whether the habit is alive, in sentences."""
    if found.share is None:
        said = [t("No postmortem was due.")]
    else:
        said = [t("Due: {due}; published of them: {done} ({share}).", due=figures.whole(found.due),
                  done=figures.whole(found.published), share=figures.percent(found.share))]  # fmt: skip
    if found.exempt:
        said.append(t("Exempt, because the cause lay outside: {n}.", n=figures.whole(found.exempt)))
    if found.withdrawn:
        said.append(t("Withdrawn, because nobody needs them: {n}.", n=figures.whole(found.withdrawn)))
    if found.median_lead is not None:
        span = figures.span(found.median_lead // 60)
        said.append(t("Half of them were published within {span} (n = {n}).", span=span, n=len(found.lead_times)))
    if found.readers:
        said.append(t("Read by {n} people in all, who were signed in.", n=figures.whole(sum(found.readers))))
    else:
        said.append(t("How many have read them is not known: only readers who are signed in can be counted."))
    return said


def next_step(one: Postmortem, threads: Sequence[Thread], questions: int, reason: str = "") -> str:
    """What is to be done next with one that is not published. `reason`: why it was withdrawn."""
    open_ = {kind: sum(thread.is_open and thread.first.kind == kind for thread in threads) for kind in KINDS}
    asked = open_["question"] + questions
    if one.state == "published":
        return t("Published; reviewed by {who}.", who=phrases.printable(one.reviewer) or t("others, elsewhere"))
    if one.state == "withdrawn":
        return t("Withdrawn: {reason}", reason=phrases.printable(reason))
    if asked:
        return t("First answer the open questions: {n}.", n=asked)
    if open_["suggestion"]:
        return t("Every question is answered. Now the suggestions: {n}.", n=open_["suggestion"])
    if open_["prevention"]:
        return t("Now what would prevent it: {n} proposals are open.", n=open_["prevention"])
    if one.state == "draft":
        return t("Nothing is open: it can be said to be ready.")
    return t("It is ready: hold the meeting, then somebody else than the author publishes it.")


def meeting(one: Meeting, zone: str) -> str:
    """A meeting that is over."""
    when, span = figures.moment(one.began // 60, zone), figures.span(one.seconds // 60)
    there = phrases.listed([phrases.printable(name) for name in one.present]) or t("nobody")
    return t("{when}, {span}: {people}", when=when, span=span, people=there)
