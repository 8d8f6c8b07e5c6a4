"""Slack's side: who asks, from which workspace, and only once; acknowledged at once, answered when the work is done.

Bolt checks signature and age of every request, and runs what follows the acknowledgement in threads of its own.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

from slack_bolt import Ack, App, BoltResponse, Respond
from slack_bolt.authorization import AuthorizeResult

from kakeibo import clock
from kakeibo.app import calling
from kakeibo.app.chat import commands, incidents
from kakeibo.app.chat.words import Asked, Reply, escaped
from kakeibo.duties import Person
from kakeibo.errors import KakeiboError
from kakeibo.i18n import speaking, t
from kakeibo.model import Book, Channel
from kakeibo.oncall.contacts import address
from kakeibo.store import Store, audit, requests

THREADS: Final = 8
_LOG = logging.getLogger("kakeibo.chat")
_BUTTONS: Final[dict[str, Callable[[Asked, str], Reply]]] = {
    "kakeibo_acknowledge": commands.take,
    "kakeibo_silence": commands.quiet_group,
}

Books = Callable[[], Book]


def channel_of(book: Book) -> Channel | None:
    """The channel of the book whose app takes commands: the first of Slack with a signing secret."""
    found = (one for one in book.channels.values() if one.kind == "slack")
    return next((one for one in found if "signing_secret_env" in one.options), None)


def secret_of(book: Book) -> str:
    """The signing secret; "" when there is none, so that nobody is let in."""
    channel = channel_of(book)
    return os.environ.get(str(channel.options["signing_secret_env"]), "").strip() if channel else ""


def person_of(book: Book, slack_id: str) -> Person | None:
    """Who somebody in Slack is, by the book."""
    return next((one for one in book.people.values() if address(one, "slack", os.environ) == slack_id), None)


def app_of(book: Books, store: Store, secret: str) -> App:
    """The app, which needs no network to begin with: who may ask is in the book, not at Slack."""
    app = App(
        signing_secret=secret,
        authorize=_authorize,
        listener_executor=ThreadPoolExecutor(THREADS, "chat"),
        logger=_LOG,
    )
    desk = _Desk(book, store)
    app.middleware(desk.known_only)
    app.command("/kakeibo")(desk.kakeibo)
    app.command("/tel")(desk.tel)
    app.event("reaction_added")(desk.reaction)
    for name in _BUTTONS:
        app.action(name)(desk.button)
    return app


def _authorize(enterprise_id: str | None, team_id: str | None) -> AuthorizeResult:
    """The app calls no method of Slack's: answers go to the address that came with the question."""
    return AuthorizeResult(enterprise_id=enterprise_id, team_id=team_id)


class _Desk:
    """Takes what Bolt let through."""

    def __init__(self, book: Books, store: Store) -> None:
        self._book, self._store = book, store

    def known_only(self, body: dict[str, Any], next: Callable[[], BoltResponse]) -> BoltResponse:
        """Refuse other workspaces, and people whom the book does not know."""
        book, (team, user) = self._book(), _asker(body)
        channel = channel_of(book)
        workspace = channel.options.get("workspace") if channel else None
        if workspace is not None and team != workspace:
            return BoltResponse(status=401, body=t("this is another workspace than the book's"))
        if person_of(book, user) is None:
            return _refusal(book, user)
        return next()

    def kakeibo(self, ack: Ack, body: dict[str, Any], respond: Respond) -> None:
        ack()
        self._answer(body, respond, lambda asked: commands.kakeibo(asked, _typed(body)))

    def tel(self, ack: Ack, body: dict[str, Any], respond: Respond) -> None:
        ack()
        self._answer(body, respond, lambda asked: commands.tel(asked, _typed(body)))

    def button(self, ack: Ack, body: dict[str, Any], respond: Respond) -> None:
        ack()
        pressed = body["actions"][0]
        work = _BUTTONS[pressed["action_id"]]
        self._answer(body, respond, lambda asked: work(asked, str(pressed.get("value", ""))))

    def reaction(self, body: dict[str, Any]) -> None:
        """Somebody marked a message: it belongs to the incident that is going on. Nobody is answered."""
        event, book = body["event"], self._book()
        person, item = person_of(book, str(event.get("user", ""))), event.get("item") or {}
        if person is None or item.get("type") != "message":
            return
        place = str(item.get("channel", "")), str(item.get("ts", ""))
        try:
            asked = Asked(book, self._store, person)
            incidents.marked(asked, *place, str(event.get("reaction", "")), str(body.get("event_id", "")))
        except KakeiboError as error:  # Slack sends nothing again once it was acknowledged
            _LOG.warning("a marked message is not in the timeline: %s", error)

    def _answer(self, body: dict[str, Any], respond: Respond, work: Callable[[Asked], Reply]) -> None:
        """Do it, unless it was done already, and say what came of it, in the language of whoever asked."""
        book = self._book()
        person = person_of(book, _asker(body)[1])
        if person is None:
            return
        # Bolt answers in threads of its own, which do not know by which door the request came.
        with speaking(person.language or book.organisation.language), audit.through("chat"):
            try:
                if self._again(body):
                    return
                reply = work(Asked(book, self._store, person))
            except KakeiboError as error:
                reply = Reply(escaped(str(error)))
            except Exception:
                _LOG.exception("chat")
                reply = Reply(t("This is a fault of kakeibo."))
            kind = "in_channel" if reply.public else "ephemeral"
            respond(text=reply.text[:_LONGEST], response_type=kind, replace_original=False)
            if reply.call:
                self._ring(book, reply, respond)

    def _again(self, body: dict[str, Any]) -> bool:
        """Whether this very request was taken already: Slack sends one again when it thinks that it was lost."""
        key = f"slack:{body.get('trigger_id')}"
        with self._store.writing() as connection:
            return not requests.is_new(connection, key, clock.second_of(clock.now()))

    def _ring(self, book: Book, reply: Reply, respond: Respond) -> None:
        """Ring at once; a worker rings again, and goes on when this process ends."""
        assert reply.call is not None
        calling.ring(book, self._store, reply.call)
        text = escaped(calling.line(book, calling.read(self._store, reply.call)))
        respond(text=text, response_type="ephemeral", replace_original=False)


_LONGEST: Final = 3_000


def _asker(body: dict[str, Any]) -> tuple[str, str]:
    """Workspace and user of a command, a button or an event."""
    if isinstance(body.get("event"), dict):
        return str(body.get("team_id", "")), str(body["event"].get("user", ""))
    if "user_id" in body:
        return str(body.get("team_id", "")), str(body["user_id"])
    return str((body.get("team") or {}).get("id", "")), str((body.get("user") or {}).get("id", ""))


def _typed(body: dict[str, Any]) -> str:
    """What somebody typed: Slack sends three signs escaped, so that its own marks can be told from them."""
    return str(body.get("text", "")).replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def _refusal(book: Book, user: str) -> BoltResponse:
    """A plain refusal that only whoever asked sees, with what to do about it."""
    with speaking(book.organisation.language):
        text = t("The book does not know you. Ask for your Slack ID ({id}) to be added to people.", id=user)
    return BoltResponse(status=200, body={"response_type": "ephemeral", "text": escaped(text)})
