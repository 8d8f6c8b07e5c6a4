"""A test message by a channel of the book, and what became of it, in words."""

from __future__ import annotations

import secrets

import click
import msgspec

from kakeibo import clock
from kakeibo.app.channel_checks import receiver, wrong
from kakeibo.errors import UsageError
from kakeibo.i18n import language, t
from kakeibo.model import Book
from kakeibo.notifiers.kinds import Message, Outcome, notifier


def harmless(organisation: str, text: str) -> Message:
    """Something harmless, in the language in use."""
    now = int(clock.now().timestamp())
    subject = t("Test message from kakeibo")
    summary = text or t("This is a test: nothing is wrong, and nobody has to do anything.")
    facts = ((t("sent by"), organisation),) if organisation else ()
    name = f"test-{secrets.token_hex(8)}"
    data = {"version": 1, "kind": "notice", "group": name, "severity": None}
    brief = f"{subject}. {summary}"
    return Message(name, name, "notice", None, subject, summary, now, language(), facts, data=data, brief=brief)


def notify(book: Book, to: str, text: str, *, as_json: bool) -> int:
    """Send a test message to "channel" or "channel:target"; exit code 0 when it was sent. Raises UsageError."""
    key, target = receiver(to)
    if found := wrong(book, to):
        raise UsageError(*found)
    outcome = notifier(book.channels[key]).send(target, harmless(book.organisation.name, text))
    if as_json:
        document = {"version": 1, "channel": key, "target": target, **msgspec.to_builtins(outcome)}
        click.echo(msgspec.json.encode(document).decode())
    else:
        click.echo(f"{to}: {words(outcome)}")
    return int(outcome.result != "sent")


def words(outcome: Outcome) -> str:
    """What became of a message, for people."""
    said = {
        "sent": t("sent"),
        "later": t("not delivered; a worker would try again"),
        "refused": t("refused; trying again would not help"),
        "unknown": t("nobody knows whether it was delivered"),
    }[outcome.result]
    details = [outcome.detail] if outcome.detail else []
    if outcome.wait:
        details.append(t("not before {n} seconds have passed", n=int(outcome.wait)))
    return " - ".join([said, *details])
