"""What is said when one person calls another, and what is said on the telephone and in chat when somebody answers."""

from __future__ import annotations

from typing import Final

from kakeibo.i18n import language, t
from kakeibo.letters.phrases import printable
from kakeibo.notifiers.kinds import Action, Message

_TEXT: Final = 300


def call(message_id: str, group: str, author: str, text: str, at: int) -> Message:
    """`author` wants to be called back, or asks somebody to come; in the language in use. `at` in seconds."""
    by = printable(author)
    words = printable(text, _TEXT)
    summary = t("{name} asks for you: {text}", name=by, text=words) if words else t("{name} asks for you.", name=by)
    return Message(
        id=message_id,
        group=group,
        kind="notice",
        severity=None,
        subject=t("Call from {name}", name=by),
        summary=summary,
        brief=summary,
        at=at,
        language=language(),
        actions=(Action("acknowledge", t("I am coming"), group),),
        data={"version": 1, "kind": "notice", "group": group, "severity": None},
    )


def taken(author: str, *, by_me: bool, over: bool) -> str:
    """The answer to somebody who has just answered; `author` was the first."""
    if over:
        return t("Thank you. It is noted as over.")
    if by_me:
        return t("Thank you. You have taken it; nobody else is called.")
    return t("{name} has taken it already.", name=printable(author))


def not_noted() -> str:
    """The store cannot be written to just now."""
    return t("This could not be noted just now. Please try again.")
