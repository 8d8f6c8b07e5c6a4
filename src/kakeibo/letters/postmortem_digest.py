"""The monthly digest of postmortems: as Markdown, as a message for chat, and the sheet for reading one together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from babel.dates import format_skeleton

from kakeibo.i18n import language, t
from kakeibo.letters import phrases, postmortems
from kakeibo.letters.policies import day
from kakeibo.notifiers.kinds import Message
from kakeibo.postmortems.actions import Promised
from kakeibo.postmortems.digest import Digest, Worth
from kakeibo.postmortems.pareto import Pareto
from kakeibo.postmortems.records import Postmortem

_CAUSES = 5
_ACTIONS = 10


def headline(digest: Digest) -> str:
    """What the month is called."""
    return t("Postmortems of {month}", month=_month(digest.first))


def markdown(digest: Digest, address: str = "") -> str:
    """The digest of a month, on one page. `address`: of the pages, for links; "" for none."""
    return "\n".join([f"# {headline(digest)}", "", *_lines(digest, address)]).rstrip() + "\n"


def _lines(digest: Digest, address: str) -> Iterator[str]:
    yield from _section(t("New"), [_line(one, address) for one in digest.new], t("None was published."))
    worth = [_worth(one, address) for one in digest.worth]
    yield from _section(t("Worth reading"), worth, t("Nothing new: read an old one together."))
    for found in (digest.triggers, digest.root_causes):
        heading = t("{axis}, twelve months", axis=postmortems.axis(found.axis))
        yield from _section(heading, [*_bars(found)], t("None is named."))
        yield from (postmortems.basis(found), "")
    late = [_action(one, postmortems.late(one, digest.last), address) for one in digest.overdue]
    yield from _section(t("Actions that are overdue"), _some(late), t("None."))
    soon = [_action(one, postmortems.promise(one), address) for one in digest.due]
    yield from _section(t("Actions due within a month"), _some(soon), t("None."))
    done = [_action(one, postmortems.promise(one), address) for one in digest.done]
    yield from _section(t("Actions done"), _some(done), t("None."))
    if digest.waiting:
        yield from _section(t("Not published yet"), _some([_line(one, address) for one in digest.waiting]), "")
    yield from _section(t("Is the habit alive?"), postmortems.habit(digest.adoption), "")


def reading_sheet(one: Postmortem, same: Sequence[Postmortem], address: str = "") -> str:
    """A sheet for reading one together in an hour. `same`: others with the same root cause."""
    trigger, cause = postmortems.causes(one.triggers), postmortems.causes(one.root_causes)
    lines = [
        f"# {t('Reading together: {name}', name=one.name)}",
        "",
        f"{_linked(one, address)} ({postmortems.summary(one)})",
        "",
        f"## {t('20 minutes: everybody reads')}",
        "",
        t("Mark what you did not know, and what could happen to your own service."),
        "",
        f"## {t('25 minutes: talk')}",
        "",
        f"- {t('How would we have noticed? Which alert would have told, and when?')}",
        f"- {t('Could it happen to us? Trigger: {trigger}. Root cause: {cause}.', trigger=trigger, cause=cause)}",
        f"- {t('Where were they lucky, and would we be?')}",
        f"- {t('Which of the actions would help us too?')}",
    ]
    if same:
        names = phrases.listed([_linked(other, address) for other in same[:_CAUSES]])
        lines.append(f"- {t('The same root cause: {names}. What keeps it coming?', names=names)}")
    lines += [
        "",
        f"## {t('15 minutes: decide')}",
        "",
        t("At most two actions, each with an owner and a day. None is fine, too."),
        "",
        "| | | |",
        "| --- | --- | --- |",
        "| | | |",
        "",
    ]
    return "\n".join(lines)


def message(digest: Digest, message_id: str, now: int, address: str = "") -> Message:
    """The digest for chat and mail: few lines, and where to read more. `now` in seconds."""
    said = t("{new} new, {late} actions overdue.", new=len(digest.new), late=len(digest.overdue))
    facts = [(f"{one.postmortem.name} {postmortems.title(one.postmortem)}", _why(one)) for one in digest.worth]
    for found in (digest.triggers, digest.root_causes):
        names = phrases.listed([bar.cause.name for bar in found.bars[:3]])
        if names:
            facts.append((postmortems.axis(found.axis), names))
    month = f"{digest.first:%Y-%m}"
    links = ((headline(digest), f"{address}/postmortems/digest?month={month}"),) if address else ()
    return Message(
        id=message_id,
        group=f"postmortem-digest:{month}",
        kind="notice",
        severity=None,
        subject=headline(digest),
        summary=said,
        at=now,
        language=language(),
        facts=tuple(facts),
        links=links,
        brief=f"{headline(digest)}: {said}",
        data={"month": month, "new": [one.name for one in digest.new], "overdue": len(digest.overdue)},
    )


def drafted(one: Postmortem, why: str, message_id: str, now: int, address: str = "") -> Message:
    """That a draft was opened, for the team in charge. `why`: the reasons in words."""
    said = t("A postmortem is due, because {why}. What is known is filled in; the questions are yours.", why=why)
    subject = f"{one.name} {postmortems.title(one)}"
    return Message(
        id=message_id,
        group=f"postmortem:{one.id}",
        kind="notice",
        severity=None,
        subject=subject,
        summary=said,
        at=now,
        language=language(),
        facts=((t("Burnt"), postmortems.share(one.most_burnt)), (t("Day"), day(one.date))),
        links=((one.name, f"{address}/postmortems/{one.name}"),) if address else (),
        brief=t("{name}: a postmortem is due.", name=one.name),
        data={"postmortem": one.name, "incident": one.incident},
    )


def _section(heading: str, lines: Sequence[str], otherwise: str) -> Iterator[str]:
    yield from (f"## {heading}", "")
    yield from (f"- {line}" for line in lines)
    if not lines:
        yield otherwise
    yield ""


def _line(one: Postmortem, address: str) -> str:
    return f"{_linked(one, address)} ({postmortems.summary(one)})"


def _worth(one: Worth, address: str) -> str:
    return f"{_linked(one.postmortem, address)}: {_why(one)}"


def _why(one: Worth) -> str:
    said = [t("burnt {share}", share=postmortems.share(one.postmortem.most_burnt))]
    if one.same:
        names = phrases.listed([other.name for other in one.same[:_CAUSES]])
        said.append(t("same root cause as {names}", names=names))
    return phrases.listed(said)


def _bars(found: Pareto) -> Iterator[str]:
    for bar in found.bars[:_CAUSES]:
        yield t("{cause}: {n} times, {burnt}", cause=bar.cause.name, n=bar.count, burnt=postmortems.budgets(bar.burnt))


def _action(one: Promised, said: str, address: str) -> str:
    return f"{_escaped(phrases.printable(one.action.what, 300))} ({said}; {_named(one.postmortem, address)})"


def _some(lines: Sequence[str]) -> Sequence[str]:
    return [*lines[:_ACTIONS], *([t("and {n} more", n=len(lines) - _ACTIONS)] if len(lines) > _ACTIONS else [])]


def _linked(one: Postmortem, address: str) -> str:
    return f"{_named(one, address)} {_escaped(postmortems.title(one))}"


def _named(one: Postmortem, address: str) -> str:
    return f"[{one.name}]({address}/postmortems/{one.name})" if address else one.name


def _escaped(text: str) -> str:
    """Words that mean nothing in Markdown."""
    return "".join("\\" + char if char in "\\`*_[]<>|#" else char for char in text)


def _month(first: date) -> str:
    return format_skeleton("yMMMM", first, locale=language())
