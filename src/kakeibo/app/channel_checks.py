"""The channels of a book held against their kinds, and the receivers of its teams against its channels."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from kakeibo.definitions.marks import Marks
from kakeibo.definitions.shapes import nearest
from kakeibo.errors import OptionError, Problem
from kakeibo.i18n import t
from kakeibo.model import Book
from kakeibo.notifiers.kinds import kinds, notifier

ONCALL = "oncall"
"""The receiver that is whoever is on duty."""


def receiver(text: str) -> tuple[str, str]:
    """Channel and target of "channel" or "channel:target"."""
    channel, _, target = text.partition(":")
    return channel.strip(), target.strip()


def problems_of(book: Book, marks: Marks) -> Iterator[Problem]:
    """Kinds and options of channels that are wrong; receivers that are not there, or cannot be told this way."""
    for channel in book.channels.values():
        place = ("channels", channel.key)
        if channel.key == ONCALL:
            message = t("no channel can be called {name}: it stands for whoever is on duty", name=ONCALL)
            yield Problem(*marks.locate(place, key=True), message, t("choose another name"))
        if channel.kind not in kinds():
            message = t("there is no type of channel '{name}'", name=channel.kind)
            if channel.kind:
                yield Problem(*marks.locate((*place, "type")), message, nearest(channel.kind, kinds()))
            continue
        try:
            notifier(channel)
        except OptionError as error:
            yield Problem(*marks.locate((*place, *error.keys), key=True), error.message, error.mend)
    for number, text in enumerate(book.organisation.digest):
        if found := wrong(book, text):
            yield Problem(*marks.locate(("organisation", "digest", str(number))), *found)
    for number, text in enumerate(book.organisation.notify):
        nobody = t("the organisation has nobody on duty: teams have"), t("name a channel, or write it below a team")
        if found := nobody if text == ONCALL else wrong(book, text):
            yield Problem(*marks.locate(("organisation", "notify", str(number))), *found)
    for team in book.teams.values():
        for urgency, receivers in team.notify.items():
            for number, text in enumerate(receivers):
                if text != ONCALL and (found := wrong(book, text, (ONCALL,))):
                    where = marks.locate(("teams", team.key, "notify", urgency, str(number)))
                    yield Problem(*where, *found)
    for fleet in book.fleets.values():
        if fleet.act and (found := wrong(book, f"{fleet.act.channel}:{fleet.act.target}".rstrip(":"))):
            yield Problem(*marks.locate(("fleets", fleet.key, "act", "channel")), *found)
    for number, text in enumerate(book.advice.notify):
        if found := wrong(book, text):
            yield Problem(*marks.locate(("advice", "notify", str(number))), *found)
    for policy in book.policies.values():
        for rule in policy.rules:
            for number, text in enumerate(rule.notify):
                if text != ONCALL and (found := wrong(book, text, (ONCALL,))):
                    keys = ("policies", policy.team, "rules", rule.key, "notify", str(number))
                    yield Problem(*marks.locate(keys), *found)


def wrong(book: Book, to: str, besides: Collection[str] = ()) -> tuple[str, str] | None:
    """What is wrong with a receiver, "channel" or "channel:target", and the mend. `besides`: other known names."""
    key, target = receiver(to)
    if key not in book.channels:
        return t("there is no channel '{name}'", name=key), nearest(key, [*book.channels, *besides])
    channel = book.channels[key]
    try:
        takes = notifier(channel).targets
    except (KeyError, OptionError):  # told by itself
        return None
    if target and takes == "none":
        return t("a channel of type {kind} has no targets", kind=channel.kind), t("write {name} alone", name=key)
    if not target and takes == "needed":
        return t("a channel of type {kind} needs a target", kind=channel.kind), t("write {name}:TARGET", name=key)
    return None
