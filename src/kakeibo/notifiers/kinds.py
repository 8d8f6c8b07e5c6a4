"""What a channel is. One file per kind; `notifier` finds it by the `type:` that the book names.

A notifier sends, and reports the outcome; when to send again, to whom next, and what was promised to be sent is the
outbox's business. Sending may happen twice (a worker killed between the send and its note of it), so a message has an
id that stays the same, for receivers that can recognise it.
"""

from __future__ import annotations

import difflib
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, ClassVar, Literal

from kakeibo.errors import OptionError
from kakeibo.i18n import t
from kakeibo.kinds import found_in
from kakeibo.model import Severity

Kind = Literal["firing", "resolved", "acknowledged", "ticket", "no_data", "worker", "notice"]
"""firing, resolved, acknowledged: an alert; ticket: work for the next sprint; no_data: a source has gone silent;
worker: we ourselves are in trouble (stuck, full disk); notice: anything else, such as a summary."""


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
    out, an SMS is nothing else); `facts` are (label, value) for people, `links` (label, address); `data` is the same
    for programs, by docs/contracts/notification.md.
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


@dataclass(frozen=True, slots=True)
class Channel:
    """A channel as the book has it: `options` are validated by its kind. Secrets are named, never written: an option
    `..._env` is the name of an environment variable."""

    key: str
    kind: str
    options: Mapping[str, object] = field(default_factory=dict)


class Notifier(ABC):
    """One channel of one kind, its options validated. Safe to use from several threads."""

    KIND: ClassVar[str]
    OPTIONS: ClassVar[dict[str, dict[str, Any]]] = {}
    """The kind's own options as JSON Schema properties."""
    pages: ClassVar[bool] = False
    """Whether it can wake somebody up, so that an escalation may rely on it."""

    def __init__(self, channel: Channel) -> None:
        """Raises OptionError for an option that is unknown or wrong. Opens nothing, sends nothing."""
        self.channel = channel
        for key in channel.options:
            if key not in self.OPTIONS:
                near = difflib.get_close_matches(key, [*self.OPTIONS, "type"], 1)
                mend = t("did you mean {near}?", near=near[0]) if near else t("remove it")
                message = t("a channel of type {kind} has no option {key}", kind=self.KIND, key=key)
                raise OptionError(message, mend, (key,))

    @abstractmethod
    def send(self, target: str, message: Message) -> Outcome:
        """Carry `message` to `target` (an address of this kind; "" for the channel's own). Never raises: what goes
        wrong is an outcome. Returns within the channel's time-out."""

    def close(self) -> None:  # noqa: B027 - most have nothing to let go of
        """Let go of connections. The notifier may be used again."""


@cache
def kinds() -> dict[str, type[Notifier]]:
    """Every kind there is, found by looking at the files of this room."""
    return found_in("kakeibo.notifiers", Notifier)  # type: ignore[type-abstract]


def notifier(channel: Channel) -> Notifier:
    """The notifier of a channel. Raises OptionError when its options are wrong."""
    return kinds()[channel.kind](channel)
