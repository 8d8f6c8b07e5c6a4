"""What a channel is. One file per kind; `notifier` finds it by the `type:` that the book names.

A notifier sends, and reports the outcome; when to send again, to whom next, and what was promised to be sent is the
outbox's business. Sending may happen twice (a worker killed between the send and its note of it), so a message has an
id that stays the same, for receivers that can recognise it.
"""

from __future__ import annotations

import os
from abc import ABC
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, ClassVar, Literal

from kakeibo.i18n import speaking, t
from kakeibo.kinds import found_in
from kakeibo.model import Channel as Channel
from kakeibo.model import Severity
from kakeibo.notifiers import options

Kind = Literal["firing", "resolved", "acknowledged", "ticket", "no_data", "worker", "notice"]
"""firing, resolved, acknowledged: an alert; ticket: work for the next sprint; no_data: a source has gone silent;
worker: we ourselves are in trouble (stuck, full disk); notice: anything else, such as a summary."""

Targets = Literal["none", "own", "needed"]
"""Whether a channel takes a target: never, in place of its own one, or always."""


@dataclass(frozen=True, slots=True)
class Action:
    """Something the receiver can do: a button where the channel has buttons, elsewhere a link or the command to type.

    `name`: acknowledge, resolve, silence. `value` is what comes back with it, such as the number of an alert.
    """

    name: str
    label: str
    value: str
    link: str = ""


@dataclass(frozen=True, slots=True)
class Message:
    """What is said, in the receiver's language, for every channel alike. `at`: seconds since 1970, UTC.

    `id` is the same at every try. `group` is the same for all messages about one thing (an alert and its end), so that
    a channel can thread, update or deduplicate. `summary` is one plain sentence that stands alone (a telephone reads it
    out); `brief` says it in the length of an SMS. `facts` are (label, value) for people, `links` (label, address);
    `data` is the same for programs, by docs/contracts/notification.md. `thread` is what the receiver called the first
    message of this group (an Outcome's `reference`), for channels that answer below it; "" when that is not known.
    """

    id: str
    group: str
    kind: Kind
    severity: Severity | None
    subject: str
    summary: str
    at: int
    language: str = "en"
    facts: tuple[tuple[str, str], ...] = ()
    links: tuple[tuple[str, str], ...] = ()
    actions: tuple[Action, ...] = ()
    data: Mapping[str, object] = field(default_factory=dict)
    brief: str = ""
    thread: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one try.

    sent: the receiver has it (`reference`: what the receiver calls it). later: not delivered, worth another try, not
    before `wait` seconds have passed. refused: not delivered, and never will be like this. unknown: it may have been
    delivered: nobody answered in time.
    """

    result: Literal["sent", "later", "refused", "unknown"]
    detail: str = ""
    reference: str = ""
    wait: float = 0.0


class Undelivered(Exception):  # noqa: N818 - named for what it means
    """Ends a try, wherever it has got to; `outcome` says what became of it."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__(outcome.detail)
        self.outcome = outcome


class Notifier(ABC):
    """One channel of one kind, its options validated. Safe to use from several threads. A kind writes `carry`."""

    KIND: ClassVar[str]
    OPTIONS: ClassVar[dict[str, dict[str, Any]]] = {}
    """The kind's own options as JSON Schema properties."""
    REQUIRED: ClassVar[tuple[str, ...]] = ()
    """Options that must be there; "url|url_env": exactly one of the two."""
    TARGET: ClassVar[Targets] = "none"
    pages: ClassVar[bool] = False
    """Whether it can wake somebody up, so that an escalation may rely on it."""
    pace: ClassVar[float] = 0.0
    """The least seconds from one message to the next that the receiver puts up with."""
    repeat: ClassVar[int] = 0
    """Seconds after which what still fires is to be sent again, because the receiver forgets it; 0: never."""

    def __init__(self, channel: Channel) -> None:
        """Raises OptionError for an option that is unknown, missing or wrong. Opens nothing, sends nothing."""
        self.channel = channel
        options.check(channel.kind, channel.options, self.OPTIONS, self.REQUIRED)

    @property
    def targets(self) -> Targets:
        """Whether this channel takes a target: TARGET, unless its options decide."""
        return self.TARGET

    def send(self, target: str, message: Message) -> Outcome:
        """Carry `message` to `target` (an address of this kind; "" for the channel's own). Never raises: what goes
        wrong is an outcome. Returns within the channel's time-out."""
        with speaking(message.language):
            try:
                return self.carry(target, message)
            except Undelivered as end:
                return end.outcome

    def carry(self, target: str, message: Message) -> Outcome:
        """The same, in the message's language; may end by raising Undelivered."""
        raise NotImplementedError

    def text(self, key: str, default: str = "") -> str:
        return str(self.channel.options.get(key, default))

    def secret(self, key: str) -> str:
        """What the environment variable named by the option `key` holds; "" when the option is left out. One that is
        not set is tried again: it may be set before the letter is given up."""
        name = self.text(key)
        return secret_of(name) if name else ""

    def close(self) -> None:  # noqa: B027 - most have nothing to let go of
        """Let go of connections. The notifier may be used again."""


def secret_of(name: str) -> str:
    """What an environment variable holds. Ends the try when it is not set."""
    value = os.environ.get(name, "").strip()
    if not value:
        raise Undelivered(Outcome("later", t("the environment variable {name} is not set", name=name), wait=60))
    return value


def cut(text: str, length: int) -> str:
    """At most `length` characters of a text; what is left out is shown by an ellipsis."""
    return text if len(text) <= length else text[: length - 1].rstrip() + "…"


@cache
def kinds() -> dict[str, type[Notifier]]:
    """Every kind there is, found by looking at the files of this room."""
    return found_in("kakeibo.notifiers", Notifier)


def notifier(channel: Channel) -> Notifier:
    """The notifier of a channel. Raises OptionError when its options are wrong."""
    return kinds()[channel.kind](channel)
