"""What people ask for in chat, as words in and words out."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Final

from kakeibo import clock
from kakeibo.alerts.acknowledgements import Acknowledgement, acknowledgements
from kakeibo.app import alerting, calling, oncall
from kakeibo.app.answering import note
from kakeibo.app.chat.incidents import incident
from kakeibo.app.chat.words import Asked, Reply, escaped
from kakeibo.app.names import mend_of
from kakeibo.app.report import report_of
from kakeibo.app.slips import scope_of, worded
from kakeibo.errors import UsageError
from kakeibo.i18n import speaking, t
from kakeibo.letters import calls as letter
from kakeibo.letters import figures, overview, phrases, rosters
from kakeibo.oncall import answers

ORIGIN: Final = "chat"
_WORST: Final = 5
_HOUR: Final = "1h"
_SPAN: Final = re.compile(r"([1-9][0-9]{0,3})(m|min|h|d)", re.ASCII)
_UNITS: Final = {"m": 1, "min": 1, "h": clock.MINUTES_PER_HOUR, "d": clock.MINUTES_PER_DAY}
_LONGEST: Final = 7 * clock.MINUTES_PER_DAY


def kakeibo(asked: Asked, text: str) -> Reply:
    """`/kakeibo VERB ...`. Raises UsageError."""
    verb, *words = text.split() or ["help"]
    verbs: dict[str, Callable[[Asked, Sequence[str]], Reply]] = {
        "status": status,
        "budget": budget,
        "ack": ack,
        "silence": silence,
        "oncall": on_call,
        "incident": incident,
        "help": usage,
    }
    if verb not in verbs:
        raise UsageError(t("there is no command {name}: {hint}", name=verb, hint="/kakeibo help"))
    return verbs[verb](asked, words)


def tel(asked: Asked, text: str) -> Reply:
    """`/tel NICKNAME [message]`: that colleague's telephone is to ring. Raises UsageError."""
    name, _, message = text.strip().partition(" ")
    if not name:
        raise UsageError(t("whom shall it ring?"), "/tel NICKNAME")
    person = calling.person_of(asked.book, name)
    page = calling.call(asked.book, asked.store, person, asked.person.name, ORIGIN, worded_or_none(message))
    with speaking(asked.book.organisation.language):
        text = t("{name} calls {who}.", name=escaped(asked.person.name), who=escaped(person.name))
        return Reply(text, public=True, call=page)


def status(asked: Asked, words: Sequence[str]) -> Reply:
    """What burns, who has taken it, and the promises that are worst off."""
    del words
    report = report_of(asked.book, asked.store, _now())
    lines = [f"*{escaped(overview.headline(report))}* {escaped(overview.remainder(report))}".rstrip()]
    with asked.store.reading() as connection:
        burning = answers.burning(connection)
        taken = acknowledgements(connection, burning)
    for group, subjects in burning.items():
        who = taken[group].author if group in taken else None
        state = t("{name} is looking into it", name=who) if who else t("nobody has taken it yet")
        lines.append(f":rotating_light: {escaped(', '.join(subjects))}: {escaped(state)}")
    if not burning:
        lines.append(t("Nothing is burning."))
    for row in overview.worst_first(report)[:_WORST]:
        lines.append(f"• {escaped(phrases.promise(row))}: {phrases.state(row)}, {phrases.left(row)}")
    return Reply("\n".join(lines))


def budget(asked: Asked, words: Sequence[str]) -> Reply:
    """The budgets of a journey, or one of them."""
    if len(words) != 1:
        raise UsageError(t("which journey?"), f"/kakeibo budget {next(iter(asked.book.journeys), 'JOURNEY')}")
    scope = scope_of(asked.book, words[0])
    report = report_of(asked.book, asked.store, _now())
    lines = []
    for row in overview.worst_first(report):
        if row.slo.name in scope or row.journey.key in scope:
            lines.append(f"*{escaped(phrases.promise(row))}*: {phrases.state(row)}, {phrases.left(row)}")
            lines.append(escaped(phrases.listed([phrases.reached(row), phrases.measured(row)])))
            lines.append(t("{spent} {within}", spent=phrases.spent(row), within=phrases.within(row)))
    return Reply("\n".join(lines) or t("nothing measured"))


def ack(asked: Asked, words: Sequence[str]) -> Reply:
    """Take a matter or a call: the one that is open, or the one that is named."""
    with asked.store.reading() as connection:
        burning, open_ = answers.burning(connection), answers.open_groups(connection)
    if words:
        open_ = [group for group in open_ if _is_about(words[0], group, burning.get(group, []))]
    if not open_:
        raise UsageError(t("there is nothing open to take"))
    if len(open_) > 1:
        names = ", ".join(", ".join(burning.get(group, [group])) for group in open_)
        raise UsageError(t("several are open: {names}", names=names), t("name one: /kakeibo ack NAME"))
    return take(asked, open_[0])


def take(asked: Asked, group: str) -> Reply:
    """Take what a button or a name stands for. Raises UsageError for what is not, or no more, there to be taken."""
    now = clock.second_of(clock.now())
    with asked.store.writing() as connection:
        known = acknowledgements(connection, [group])
        if group not in answers.open_groups(connection) and group not in known:
            raise UsageError(t("this is over, or not known any more"))
        done = note(asked.book, connection, Acknowledgement(group, asked.person.name, ORIGIN, "", now))
    with speaking(asked.book.organisation.language):
        if done.first.author == asked.person.name:
            return Reply(t("{name} is looking into it.", name=escaped(asked.person.name)), public=True)
        return Reply(escaped(letter.taken(done.first.author, by_me=False, over=False)))


def silence(asked: Asked, words: Sequence[str]) -> Reply:
    """Be quiet about a name for a while: 30m, 1h (the usual), 2d."""
    if not words:
        raise UsageError(t("quiet about what?"), "/kakeibo silence JOURNEY 1h REASON")
    given = len(words) > 1 and _SPAN.fullmatch(words[1])
    span, reason = (words[1], words[2:]) if given else (_HOUR, words[1:])
    return quiet(asked, words[0], minutes_of(span), " ".join(reason) or t("asked for in chat"))


def quiet(asked: Asked, what: str, minutes: int, reason: str) -> Reply:
    """No alerts about `what` for so many minutes from now; the end of what burns is told nevertheless."""
    author = asked.person.name
    slip = alerting.silence(
        asked.book, asked.store, what, from_=None, to=None, minutes=minutes, reason=reason, author=author
    )
    with speaking(asked.book.organisation.language):
        until = figures.moment(slip.to_minute, asked.book.organisation.timezone)
        name = escaped(asked.person.name)
        return Reply(
            t("{name}: quiet about {what} until {when}.", name=name, what=escaped(what), when=until), public=True
        )


def quiet_group(asked: Asked, group: str) -> Reply:
    """An hour of quiet about everything that a matter is about: what the button of a notification asks for."""
    with asked.store.reading() as connection:
        subjects = answers.burning(connection).get(group, [])
    known = [subject for subject in subjects if subject in asked.book.slos()]
    if not known:
        raise UsageError(t("this is over, or not known any more"))
    replies = [quiet(asked, subject, clock.MINUTES_PER_HOUR, t("asked for in chat")) for subject in known]
    return Reply("\n".join(reply.text for reply in replies), public=True)


def on_call(asked: Asked, words: Sequence[str]) -> Reply:
    """Who is on duty, of all teams or of one."""
    unknown = [word for word in words if word not in asked.book.oncall]
    if unknown:
        mend = mend_of(unknown[0], asked.book.oncall)
        raise UsageError(t("there is no {what} {name} in the book", what=t("team"), name=unknown[0]), mend)
    minute = _now()
    known, _ = oncall.rosters_at(asked.book, asked.store, minute)
    duties = [rosters.TeamOnDuty.of(asked.book, name, known, minute) for name in words or asked.book.oncall]
    return Reply(f"```{escaped(rosters.render(asked.book, duties)).strip()}```")


def usage(asked: Asked, words: Sequence[str]) -> Reply:
    """What there is to ask."""
    del asked, words
    known = {
        "/kakeibo status": t("what burns now, and how the promises stand"),
        "/kakeibo budget JOURNEY": t("what is left of the failures allowed"),
        "/kakeibo ack [NAME]": t("I am looking into it: nobody else is called"),
        "/kakeibo silence NAME [1h] [REASON]": t("no alerts about it for a while"),
        "/kakeibo oncall [TEAM]": t("who is on call, until when, who is next"),
        "/kakeibo incident [show]": t("what somebody who joins now has to know"),
        "/kakeibo incident open TITLE": t("something does not work: open an incident"),
        "/kakeibo incident update [everyone] TEXT": t("how it stands"),
        "/kakeibo incident role ROLE [NAME]": t("who leads, writes, tells: commander, scribe, communications"),
        "/kakeibo incident task TEXT [@NAME]": t("something to be done"),
        "/kakeibo incident resolve [TEXT]": t("it is over"),
        "/tel NICKNAME [MESSAGE]": t("make a colleague's telephone ring"),
    }
    return Reply("\n".join(f"`{command}` {what}" for command, what in known.items()))


def minutes_of(span: str) -> int:
    """30m, 1h, 2d as minutes; at most 7 days. Raises UsageError."""
    match = _SPAN.fullmatch(span)
    minutes = int(match[1]) * _UNITS[match[2]] if match else 0
    if not 0 < minutes <= _LONGEST:
        raise UsageError(t("{text} is not a time from 1m to 7d", text=span), t("write 30m, 1h or 2d"))
    return minutes


def worded_or_none(text: str) -> str:
    """A message on one line; "" when there is none."""
    return worded(text, "MESSAGE") if text.strip() else ""


def _is_about(name: str, group: str, subjects: Sequence[str]) -> bool:
    return name == group or any(name in (subject, subject.partition("/")[0]) for subject in subjects)


def _now() -> int:
    return clock.minute_of(clock.now())
