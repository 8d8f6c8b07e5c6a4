"""A policy in words that people sign: its rules, its signatures, and what it says as of a moment."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date

from babel.dates import format_skeleton

from kakeibo.i18n import language, t
from kakeibo.letters import figures, phrases
from kakeibo.letters.lines import Page
from kakeibo.model import Journey, State
from kakeibo.policies import Act, Condition, Due, Facts, Kind, Policy, Rule, Standing

Names = Mapping[str, str]
"""SLO -> what people call it: "Play a video (success)"."""


def names_of(journeys: Iterable[Journey]) -> dict[str, str]:
    """How people call the objectives of these journeys."""
    return {
        slo.name: t("{title} ({aspect})", title=phrases.title(journey)[0], aspect=phrases.aspect(slo))
        for journey in journeys
        for slo in journey.slos
    }


def rule(rule: Rule) -> str:
    """A rule as a sentence."""
    said = t(
        "When {condition}: {consequences}.",
        condition=_and([*_conditions(rule.when)]),
        consequences=phrases.listed([_act(act) for act in rule.acts]),
    )
    told = [t("Told besides: {channels}.", channels=phrases.listed([*map(phrases.printable, rule.notify)]))]
    return phrases.joined([said, *(told if rule.notify else []), *_why(rule)])


def signatures(policy: Policy) -> list[tuple[str, str]]:
    """Who wrote, read and signed it, and when it has to be talked about again."""
    nobody = t("nobody yet")

    def people(names: Iterable[str]) -> str:
        return phrases.listed([phrases.printable(name) for name in names if name]) or nobody

    return [
        (t("author"), people([policy.author])),
        (t("reviewers"), people(policy.reviewers)),
        (t("approvers"), people(policy.approvers)),
        (t("approved"), day(policy.approved) if policy.approved else t("not yet")),
        (t("revisit by"), day(policy.revisit) if policy.revisit else t("no day is set")),
    ]


def status(standing: Standing) -> str:
    """Whether it holds, in a sentence."""
    policy = standing.policy
    if standing.status == "unsigned":
        return t("Not signed: nobody has agreed to it yet, so it stops nobody.")
    if standing.status == "not_yet" and policy.approved:
        return t("Agreed, but only from {day} on.", day=day(policy.approved))
    if standing.status == "overdue" and policy.revisit:
        return t("Past its revisit date, {day}: talk about it again. Until then it holds on.", day=day(policy.revisit))
    return t("In force since {day}.", day=day(policy.approved)) if policy.approved else ""


def due(due: Due, names: Names) -> str:
    """A rule that holds: for what, why, and what follows."""
    return t(
        "{name}: {facts}. Hence {consequences} (rule {rule}).",
        name=name(due.facts.slo, names),
        facts=facts(due.facts, due.rule.when),
        consequences=phrases.listed([_act(act) for act in due.rule.acts]),
        rule=due.rule.key,
    )


def facts(facts: Facts, asked: Condition) -> str:
    """What a rule rests on: the numbers that it asks for, and always what is left."""
    said = [_left(facts)]
    if asked.missed_weeks is not None:
        said.append(t("weeks missed running: {n} or more", n=facts.missed_weeks))
    if asked.exhausted_weeks is not None:
        said.append(t("weeks running that ended with nothing left: {n} or more", n=facts.exhausted_weeks))
    if asked.burn is not None:
        share, span = figures.exact_percent(asked.burn), figures.span(asked.within)
        said.append(t("more than {share} of the allowed failures went within {span}", share=share, span=span))
    return phrases.listed([part for part in said if part])


def name(slo: str, names: Names) -> str:
    return names.get(slo, phrases.printable(slo))


def day(when: date) -> str:
    """A date for people: "Oct 1, 2026"."""
    return format_skeleton("yMMMd", when, locale=language())


def kinds(of: Iterable[Kind]) -> str:
    words: dict[Kind, str] = {"normal": t("normal"), "urgent": t("urgent"), "security": t("security")}
    return phrases.listed([words[kind] for kind in of])


def page(standing: Standing, names: Names, *, moment: str, width: int, colour: bool) -> str:
    """For the terminal: a policy to read, to sign, and what it says now."""
    page, policy = Page(width, colour), standing.policy
    page.line(t("Error budget policy: {team}", team=phrases.printable(standing.team)), style="bold")
    page.line(status(standing), style="" if standing.status == "in_force" else "bold yellow")
    page.line()
    for label, text in signatures(policy):
        page.pair(label, text, label_style="dim", indent=18)
    page.line()
    for one in policy.rules:
        page.pair(one.key, rule(one), label_style="bold", indent=18)
    page.pair("", exemption(policy), indent=18)
    page.line()
    page.line(t("What it says as of {moment}", moment=moment), style="bold")
    for sentence in says(standing, names):
        page.pair("- ", sentence, indent=2)
    return page.text()


def says(standing: Standing, names: Names) -> list[str]:
    """What follows from it now; one sentence also when nothing does."""
    return [due(one, names) for one in weightiest(standing.due)] or [t("Nothing is due.")]


def weightiest(dues: Iterable[Due]) -> list[Due]:
    """Without those that only ask for care where releases are frozen anyway: they say less of the same."""
    known = list(dues)
    frozen = {one.facts.slo for one in known if "freeze" in one.rule.acts}
    return [one for one in known if one.rule.acts != ("caution",) or one.facts.slo not in frozen]


def exemption(policy: Policy) -> str:
    """What passes while releases are frozen."""
    if not policy.exempt:
        return t("Nothing is exempt from a freeze.")
    return t("While releases are frozen, these pass: {kinds}.", kinds=kinds(policy.exempt))


def in_report(standings: Iterable[Standing], names: Names) -> list[str]:
    """What a report says of policies: those that are not in order, and what is due by each."""
    return [
        t("Policy of {team}: {sentence}", team=phrases.printable(one.team), sentence=sentence)
        for one in standings
        for sentence in [
            *([status(one)] if one.status != "in_force" else []),
            *(due(each, names) for each in weightiest(one.due)),
        ]
    ]


def _conditions(when: Condition) -> Iterator[str]:
    if when.sli:
        yield t("the objective is about {names}", names=_or([phrases.printable(one) for one in when.sli]))
    if when.kind:
        yield (
            t("the journey is one that users take")
            if when.kind == "cuj"
            else t("the journey is a machine's communication")
        )
    if when.state:
        yield t("its state is {states}", states=_or([phrases.state_word(state) for state in _states(when)]))
    if when.left_below is not None:
        yield t("less than {share} of the allowed failures are left", share=figures.exact_percent(when.left_below))
    if when.burn is not None:
        share, span = figures.exact_percent(when.burn), figures.span(when.within)
        yield t("more than {share} of the allowed failures go within {span}", share=share, span=span)
    if when.missed_weeks == 1:
        yield t("the target was missed in the last week")
    elif when.missed_weeks:
        yield t("the target was missed {n} weeks running", n=when.missed_weeks)
    if when.exhausted_weeks == 1:
        yield t("the last week ended with nothing left")
    elif when.exhausted_weeks:
        yield t("{n} weeks running ended with nothing left", n=when.exhausted_weeks)


def _states(when: Condition) -> list[State]:
    known: tuple[State, ...] = ("healthy", "at_risk", "exhausted", "filling", "no_data")
    return [state for state in known if state in when.state]


def _act(act: Act) -> str:
    words: dict[Act, str] = {
        "page": t("somebody is called at once"),
        "ticket": t("it becomes a ticket for the next sprint"),
        "freeze": t("releases are frozen"),
        "caution": t("releases go out with care"),
        "review": t("the team meets and decides what to do"),
    }
    return words[act]


def _left(facts: Facts) -> str:
    if facts.left is None:
        return t("not measured for a whole window yet") if facts.state == "filling" else t("no data")
    if facts.left < 0:
        return t("overspent by {share} of the allowed failures", share=figures.percent(-facts.left))
    if facts.left == 0:
        return t("nothing is left of the allowed failures")
    return t("{share} of the allowed failures are left", share=figures.percent(facts.left))


def _why(rule: Rule) -> list[str]:
    text = next((rule.why[lang] for lang in (language(), "", *rule.why) if rule.why.get(lang)), "")
    return [phrases.printable(text, limit=300)] if text else []


def _and(parts: list[str]) -> str:
    return (
        phrases.listed(parts)
        if len(parts) < 2
        else t("{parts}, and {last}", parts=phrases.listed(parts[:-1]), last=parts[-1])
    )


def _or(parts: list[str]) -> str:
    return parts[0] if len(parts) < 2 else t("{parts} or {last}", parts=phrases.listed(parts[:-1]), last=parts[-1])
