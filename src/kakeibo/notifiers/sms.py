"""SMS by Twilio: the shortest form of a message, with a code to answer it."""

from __future__ import annotations

import hashlib
from typing import Any, ClassVar, Final

from kakeibo.i18n import t
from kakeibo.notifiers.kinds import Message, Outcome, cut
from kakeibo.notifiers.phone import ACKNOWLEDGE, RESOLVE
from kakeibo.notifiers.twilio import Twilio

_LETTERS: Final = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
"""Without those that are mistaken for each other."""
_LENGTH: Final = 300
"""Characters of a message: two or three parts of what a telephone puts together again."""


class Sms(Twilio):
    KIND = "sms"
    OPTIONS: ClassVar[dict[str, dict[str, Any]]] = Twilio.ACCOUNT

    def carry(self, target: str, message: Message) -> Outcome:
        return self.create("Messages", target, {"Body": body(message, self.answerable(message))})


def body(message: Message, about: str = "") -> str:
    """The text of an SMS; `about` is what an answer would be about."""
    words = cut(message.brief or message.subject, _LENGTH)
    if not about:
        return words
    how = t(
        "Answer {take} {code} to take it, {end} {code} when it is over.",
        take=ACKNOWLEDGE,
        end=RESOLVE,
        code=code(about),
    )
    return f"{words} {how}"


def code(about: str) -> str:
    """Four letters and digits that stand for an alert: the same every time. Whoever takes the answer looks for the
    alert that has this code among those that are open."""
    number = int.from_bytes(hashlib.sha256(about.encode()).digest()[:8])
    found = ""
    for _ in range(4):
        number, place = divmod(number, len(_LETTERS))
        found += _LETTERS[place]
    return found
