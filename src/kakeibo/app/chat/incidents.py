"""`/kakeibo incident ...`: incidents are run where people talk. Words in, words out."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from kakeibo import clock
from kakeibo.app.chat.words import Asked, Reply, escaped
from kakeibo.app.incident_desk import Desk, New
from kakeibo.app.journey_words import the_one_meant
from kakeibo.errors import UsageError
from kakeibo.i18n import speaking, t
from kakeibo.incidents import changes, records
from kakeibo.incidents.changes import Act
from kakeibo.incidents.nouns import ROLES, Incident
from kakeibo.letters import incidents as letter
from kakeibo.store import requests

_NUMBER: Final = re.compile(r"#?([1-9][0-9]{0,8})", re.ASCII)
_FEW: Final = 5
REACTIONS: Final = ("memo", "pencil", "pushpin")
"""Whoever puts one of these on a message adds it to the timeline of the incident that is going on."""


def incident(asked: Asked, words: Sequence[str]) -> Reply:
    """`/kakeibo incident VERB [NUMBER] ...`. The number may be left out while one incident is going on."""
    verb, *rest = words or ["show"]
    verbs: Mapping[str, Callable[[Asked, Sequence[str]], Reply]] = {
        "open": _open,
        "list": _list,
        "show": _show,
        "ack": lambda who, said: _change(who, said, lambda desk, number, _: desk.acknowledge(number)),
        "update": _update,
        "note": lambda who, said: _change(who, said, lambda desk, number, text: desk.note(number, text)),
        "role": _role,
        "task": _task,
        "done": _done,
        "mitigate": lambda who, said: _change(who, said, lambda desk, number, text: desk.mitigate(number, text)),
        "resolve": lambda who, said: _change(who, said, lambda desk, number, text: desk.resolve(number, text)),
        "reopen": lambda who, said: _change(who, said, lambda desk, number, text: desk.reopen(number, text)),
    }
    if verb not in verbs:
        raise UsageError(t("there is no command {name}: {hint}", name=f"incident {verb}", hint=", ".join(verbs)))
    return verbs[verb](asked, rest)


def marked(asked: Asked, channel: str, stamp: str, reaction: str, key: str) -> bool:
    """A message of the chat that somebody marked: a line with a link to it, once; whether it was added. Nothing of the
    message is read: who may see it, sees it by the link."""
    going = [one for one in _desk(asked).listed() if not one.private]
    if reaction not in REACTIONS or not going:
        return False
    now = clock.second_of(clock.now())
    about = int(float(stamp)) if re.fullmatch(r"[0-9]{1,10}(\.[0-9]{1,9})?", stamp, re.ASCII) else now
    link = f"https://slack.com/archives/{channel}/p{stamp.replace('.', '')}"
    with asked.store.writing() as connection:
        if not requests.is_new(connection, f"slack:{key}", now):
            return False
        act = Act(asked.person.name, now, "chat", min(about, now))
        return changes.once(connection, going[0].id, f"message:{channel}:{stamp}", "message", act, link)


def _open(asked: Asked, words: Sequence[str]) -> Reply:
    title = " ".join(words)
    journey = the_one_meant(asked.book, title)
    desk = _desk(asked)
    found = desk.open(New(title, [journey.key] if journey else [], origin="chat"))
    return _public(asked, t("{name} opens {incident}.", name=asked.person.name, incident=letter.heading(found)))


def _list(asked: Asked, words: Sequence[str]) -> Reply:
    del words
    found = [one for one in _desk(asked).listed() if not one.private]
    lines = [f"{letter.heading(one)}: {letter.line_of(one, asked.zone)}" for one in found]
    return Reply(escaped("\n".join(lines)) or t("Nothing is wrong that we know of."))


def _show(asked: Asked, words: Sequence[str]) -> Reply:
    """The summary for latecomers, to whoever asks."""
    one, _ = _which(asked, words)
    view = _desk(asked).view(one.id)
    lines = [f"*{escaped(letter.heading(view.incident))}*", *map(escaped, letter.summary(view))]
    for entry in view.incident.timeline[-_FEW:]:
        time = clock.local(entry.at // 60, asked.zone).strftime("%H:%M")
        lines.append(escaped(f"{time} {letter.entry_line(asked.book, entry)} ({entry.author})"))
    return Reply("\n".join(lines))


def _update(asked: Asked, words: Sequence[str]) -> Reply:
    """`update [NUMBER] [everyone] TEXT`."""
    one, rest = _which(asked, words)
    everyone = bool(rest) and rest[0] == "everyone"
    text = " ".join(rest[1:] if everyone else rest)
    desk = _desk(asked)
    desk.update(one.id, text, "everyone" if everyone else "technical")
    return _last(asked, one.id)


def _role(asked: Asked, words: Sequence[str]) -> Reply:
    """`role [NUMBER] ROLE [PERSON]`; without a person, it is you."""
    one, rest = _which(asked, words)
    if not rest:
        raise UsageError(t("which role?"), ", ".join(ROLES))
    _desk(asked).assign(one.id, rest[0], " ".join(rest[1:]) or asked.person.name)
    return _last(asked, one.id)


def _task(asked: Asked, words: Sequence[str]) -> Reply:
    """`task [NUMBER] TEXT [@OWNER]`."""
    one, rest = _which(asked, words)
    owners = [word[1:] for word in rest if word.startswith("@") and len(word) > 1]
    text = " ".join(word for word in rest if not word.startswith("@"))
    _desk(asked).add_task(one.id, text, " ".join(owners))
    return _last(asked, one.id)


def _done(asked: Asked, words: Sequence[str]) -> Reply:
    """`done [NUMBER] TASK`."""
    found = _NUMBER.fullmatch(words[-1]) if words else None
    if not found:
        raise UsageError(t("which task is done?"), t("give its number, which /kakeibo incident show has in brackets"))
    one, _ = _which(asked, [*words[:-1], ""] if len(words) > 1 else [])
    _desk(asked).finish_task(one.id, int(found[1]))
    return _last(asked, one.id)


def _change(asked: Asked, words: Sequence[str], work: Callable[[Desk, int, str], Incident]) -> Reply:
    one, rest = _which(asked, words)
    work(_desk(asked), one.id, " ".join(rest))
    return _last(asked, one.id)


def _which(asked: Asked, words: Sequence[str]) -> tuple[Incident, Sequence[str]]:
    """The incident that is meant, and the other words: by its number, or the only one that is going on."""
    found = _NUMBER.fullmatch(words[0]) if words else None
    going = [one for one in _desk(asked).listed() if not one.private]
    if found and (len(words) > 1 or int(found[1]) in [one.id for one in going] or not going):
        return records.incident(asked.store, int(found[1]), entries=0), words[1:]
    if len(going) == 1:
        return going[0], words
    if not going:
        raise UsageError(t("no incident is going on"), t("open one: /kakeibo incident open TITLE"))
    names = ", ".join(f"{one.id} ({one.title})" for one in going)
    raise UsageError(t("several are going on: {names}", names=names), t("name one by its number"))


def _last(asked: Asked, number: int) -> Reply:
    """What was written just now, for everybody in the channel."""
    with speaking(asked.book.organisation.language):
        one = records.incident(asked.store, number, entries=1)
        line = letter.entry_line(asked.book, one.timeline[-1]) if one.timeline else ""
        text = f"{letter.heading(one)}: {line} ({asked.person.name})"
    return Reply(escaped(letter.heading(one)) if one.private else escaped(text), public=not one.private)


def _public(asked: Asked, text: str) -> Reply:
    del asked
    return Reply(escaped(text), public=True)


def _desk(asked: Asked) -> Desk:
    return Desk(asked.book, asked.store, asked.person.name)
