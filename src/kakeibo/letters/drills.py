"""Drills for people: the facilitator's sheet, what is said while it goes on, and how it went."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Final

from kakeibo.i18n import t
from kakeibo.letters import figures, phrases
from kakeibo.letters.lines import Page
from kakeibo.letters.report_markdown import escape
from kakeibo.practice.drills.measures import STEPS, Measures, earlier, measures, median
from kakeibo.practice.drills.records import Alert, Note, Ran, Run
from kakeibo.practice.drills.scenarios import Cue, Inject, Scenario, spoken

EARLIER: Final = 5
"""Earlier runs that are shown."""


def title(run: Run) -> str:
    """What a drill is called."""
    return phrases.printable(spoken(run.title), limit=160)


def step_word(step: str) -> str:
    """A step that is measured, in a few words."""
    words = {
        "detect": t("until it was detected"),
        "acknowledge": t("until somebody took it"),
        "hypothesis": t("until the right hypothesis"),
        "resolve": t("until it was resolved"),
    }
    return words[step]


def kind_word(note: Note) -> str:
    """What was noted, in a word or two."""
    words = {
        "detected": t("somebody saw it"),
        "acknowledged": t("somebody takes it"),
        "hypothesis": t("a hypothesis"),
        "right": t("the right hypothesis"),
        "resolved": t("it is resolved"),
    }
    return words[note.kind]


def minutes(seconds: int | Fraction | None) -> str:
    """A time that was measured: minutes with one decimal, "-" where a step was not reached."""
    if seconds is None:
        return t("not reached")
    return t("{n} min", n=figures.decimal(Fraction(seconds, 60), digits=1))


def severity_word(severity: str) -> str:
    """How urgent an alert is."""
    return t("page") if severity == "page" else t("ticket")


def way(run: Run) -> str:
    """How it was played."""
    return t("with a script") if run.scripted else t("without a script")


def after(run: Run, at: int) -> str:
    """A moment of a drill, counted from its beginning: +7:30."""
    passed = max(0, at - run.began)
    return f"+{passed // 60}:{passed % 60:02}"


# -- before ---------------------------------------------------------------------------------------------------------


def sheet(scenario: Scenario, run: Run, zone: str) -> str:
    """The facilitator's sheet, in Markdown: not for those who play."""
    begins = figures.moment(run.began // 60, zone)
    lines = [f"# {t('Drill: {title}', title=escape(title(run)))}", ""]
    lines += [t("For the facilitator alone. {id}, from {moment} on, {n} minutes, {way}.",
                id=run.id, moment=begins, n=scenario.minutes, way=way(run)), ""]  # fmt: skip
    if scenario.story:
        lines += [f"## {t('What really happens')}", "", escape(spoken(scenario.story)), ""]
    if scenario.right:
        lines += [t("The right hypothesis: {text}", text=escape(spoken(scenario.right))), ""]
    lines += [f"## {t('Who plays')}", ""]
    lines += [f"- {escape(role)}: {escape(run.roles.get(role, '')) or t('nobody yet')}" for role in scenario.roles]
    lines += ["", f"## {t('What happens when')}", "", *(f"- {line}" for line in _plan(scenario)), ""]
    lines += [f"## {t('What you note')}", ""]
    lines += [f"- `kakeibo drill note {kind} --drill {run.id}`: {words}" for kind, words in _to_note()]
    lines += ["", f"## {t('Afterwards, for ten minutes')}", ""]
    lines += [f"- {question}" for question in _questions()]
    return "\n".join(lines) + "\n"


def _plan(scenario: Scenario) -> list[str]:
    """Everything in the order of its time."""
    planned: list[tuple[int, str]] = []
    for trouble in scenario.troubles:
        share = figures.percent(trouble.bad)
        planned.append((trouble.start, t("{share} of {slo} begin to fail", share=share, slo=f"`{trouble.slo}`")))
        planned.append((trouble.end, t("{slo}: that is over", slo=f"`{trouble.slo}`")))
    planned += [
        (one.at, t("tell {role}: {text}", role=escape(one.to), text=escape(spoken(one.say))))
        for one in scenario.injects
    ]
    planned += [
        (one.at, t("expected of {role}: {text}", role=escape(one.who), text=escape(spoken(one.do))))
        for one in scenario.script
    ]
    planned += [(one.at, t("a program is run: {command}", command=f"`{' '.join(one.run)}`")) for one in scenario.steps]
    planned.append((scenario.minutes, t("the end")))
    return [f"+{at}: {what}" for at, what in sorted(planned, key=lambda one: one[0])]


def _to_note() -> list[tuple[str, str]]:
    return [
        ("acknowledged", t("somebody says that they take it (or takes the alert)")),
        ("hypothesis", t("somebody says what it could be: --text, and --by for the role")),
        ("right", t("the first hypothesis that is right")),
        ("resolved", t("what they would do would end it: from then on nothing fails, and the drill ends")),
    ]


def _questions() -> list[str]:
    return [
        t("What went well? What was hard, and what was luck?"),
        t("Which alert, page or runbook was missing, or misled?"),
        t("What do we change before the next one, who does it, until when?"),
    ]


# -- while it goes on -----------------------------------------------------------------------------------------------


def happening(run: Run, at: int, what: Alert | Inject | Cue | Ran, names: Mapping[str, str]) -> str:
    """A line for those who watch."""
    when = after(run, at)
    if isinstance(what, Alert):
        name = names.get(what.slo, what.slo)
        return t("{when} an alert: {name} ({severity})", when=when, name=name, severity=severity_word(what.severity))
    if isinstance(what, Inject):
        return t("{when} to {role}: {text}", when=when, role=what.to, text=phrases.printable(spoken(what.say), 500))
    if isinstance(what, Cue):
        return t(
            "{when} expected of {role}: {text}", when=when, role=what.who, text=phrases.printable(spoken(what.do), 500)
        )
    command = phrases.printable(" ".join(what.command), 200)
    if what.code is None:
        return t("{when} {command} could not be run, or did not end", when=when, command=command)
    return t("{when} {command} ended with {code}", when=when, command=command, code=what.code)


# -- afterwards -----------------------------------------------------------------------------------------------------


def rows(run: Run, runs: Sequence[Run]) -> list[tuple[str, str, str]]:
    """(step, what it took, what it usually took before) of a run."""
    found, before = measures(run), earlier(run, runs)
    return [(step_word(step), minutes(found.of(step)), _usual(before, step)) for step in STEPS]


def _usual(before: Sequence[Run], step: str) -> str:
    usual = median(before, step)
    if not before or usual is None:
        return "-"
    reached = sum(measures(run).of(step) is not None for run in before)
    return t("{time} (median of {n})", time=minutes(usual), n=reached)


def headline(run: Run) -> str:
    """A drill in a line."""
    values = {"title": title(run), "id": run.id, "way": way(run)}
    if run.ended is None:
        return t("{title} ({id}, {way}): going on, or broken off.", **values)
    return t("{title} ({id}, {way})", **values)


def course(run: Run) -> list[str]:
    """What took place, in order."""
    said = [
        (one.at, t("alert: {slo} ({severity})", slo=one.slo, severity=severity_word(one.severity)))
        for one in run.alerts
    ]
    for note in run.notes:
        words = [phrases.printable(text, 300) for text in (note.by, note.text) if text]
        said.append((note.at, ": ".join([kind_word(note), *words])))
    if run.answered is not None:
        said.append((run.answered, t("the alert was taken")))
    return [f"{after(run, at)} {text}" for at, text in sorted(said, key=lambda one: one[0])]


def render(run: Run, runs: Sequence[Run], zone: str, *, width: int, colour: bool) -> str:
    """The report for the terminal."""
    page = Page(width, colour)
    page.line(headline(run), style="bold")
    page.line(figures.moment(run.began // 60, zone), style="dim")
    page.line()
    for words, time, usual in rows(run, runs):
        told = time if usual == "-" else t("{time}; before: {usual}", time=time, usual=usual)
        page.pair(words, told, indent=30)
    if run.events:
        page.line(t("{n} events were written and counted, none of them in your own store.", n=f"{run.events:,}"))
    page.line()
    for line in course(run):
        page.line(line, indent=2)
    return page.text()


def markdown(run: Run, runs: Sequence[Run], zone: str) -> str:
    """The report for a wiki or a chat."""
    lines = [f"## {escape(headline(run))}", "", escape(figures.moment(run.began // 60, zone)), ""]
    lines += [f"- {words}: **{time}**" + (f" ({t('before')}: {usual})" if usual != "-" else "")
              for words, time, usual in rows(run, runs)]  # fmt: skip
    lines += ["", *(f"- {escape(line)}" for line in course(run))]
    return "\n".join(lines).rstrip() + "\n"


def in_short(found: Measures) -> str:
    """All steps on one line."""
    return phrases.listed([f"{step_word(step)}: {minutes(found.of(step))}" for step in STEPS])


def listed(runs: Sequence[Run], zone: str, *, width: int, colour: bool) -> str:
    """Every drill in a few lines, the newest first."""
    page = Page(width, colour)
    if not runs:
        page.line(t("There has been no drill yet."))
    for run in runs:
        page.line(f"{figures.moment(run.began // 60, zone)}  {headline(run)}", style="bold")
        page.line(in_short(measures(run)), indent=2)
    return page.text()
