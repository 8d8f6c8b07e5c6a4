"""Delivery: every letter gets through, whatever its channel does, and a dead channel delays no other."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable
from functools import partial

import msgspec
import pytest
from sqlalchemy import select

from kakeibo.app.delivering import Delivery
from kakeibo.errors import KakeiboError
from kakeibo.notifiers.kinds import Channel, Message, Notifier, Outcome
from kakeibo.store import Store, outbox, tables
from kakeibo.store.outbox import Letter

NOW = 1_800_000_000
SENT = Outcome("sent")


class Receiver(Notifier):
    """Answers as it is told to, and keeps what it was sent."""

    KIND = "here"

    def __init__(self, answer: Callable[[Message], Outcome]) -> None:
        super().__init__(Channel("here", "here"))
        self.answer = answer
        self.got: Counter[str] = Counter()

    def send(self, target: str, message: Message) -> Outcome:
        outcome = self.answer(message)
        if outcome.result == "sent":
            self.got[f"{target} {message.id}"] += 1
        return outcome


def enter(store: Store, channel: str, *ids: str) -> None:
    messages = {
        one: Message(one, "g", "firing", "page", "play/a", "It burns.", NOW, "ja", (("残り", "3"),)) for one in ids
    }
    letters = [
        Letter(f"{channel} {one}", f"flip:{one}", channel, "#player", msgspec.json.encode(message).decode(), NOW)
        for one, message in messages.items()
    ]
    with store.writing() as connection:
        outbox.put(connection, letters, NOW)


def states(store: Store) -> Counter[str]:
    with store.reading() as connection:
        return Counter(connection.scalars(select(tables.outbox.c.state)))


def delivery(store: Store, **receivers: Receiver) -> Delivery:
    troubles: list[KakeiboError] = []
    return Delivery(store, receivers, "worker", trouble=troubles.append)


def test_every_letter_is_sent_once_to_whom_it_is_for(store: Store) -> None:
    chat, mail = Receiver(lambda _: SENT), Receiver(lambda _: SENT)
    enter(store, "chat", *(f"a{n}" for n in range(40)))
    enter(store, "mail", "a1")
    assert delivery(store, chat=chat, mail=mail).drain(lambda: NOW) == 41
    assert chat.got == Counter({f"#player a{n}": 1 for n in range(40)})
    assert mail.got == Counter({"#player a1": 1})
    assert states(store) == Counter(sent=41)


def test_what_fails_is_tried_again_and_what_is_refused_is_not(store: Store) -> None:
    tries: Counter[str] = Counter()

    def answer(message: Message) -> Outcome:
        tries[message.id] += 1
        if message.id == "no":
            return Outcome("refused", "no such channel")
        if message.id == "broken":
            raise ZeroDivisionError
        return SENT if tries[message.id] > 2 else Outcome("later", "503", wait=30)

    chat = Receiver(answer)
    enter(store, "chat", "no", "later", "broken")
    enter(store, "gone", "x")
    for now in range(NOW, NOW + 160, 40):
        delivery(store, chat=chat).drain(partial(int, now))
    assert tries == Counter(no=1, later=3, broken=4)
    assert states(store) == Counter(refused=2, sent=1, waiting=1)
    with store.reading() as connection:
        details = set(connection.scalars(select(tables.deliveries.c.detail)))
    assert {"no such channel", "503", "ZeroDivisionError: ", "there is no channel gone in the book"} <= details


def test_a_dead_receiver_delays_no_other(store: Store) -> None:
    release = threading.Event()

    def hang(message: Message) -> Outcome:
        del message
        release.wait(30)
        return Outcome("unknown", "no answer")

    chat, dead = Receiver(lambda _: SENT), Receiver(hang)
    enter(store, "dead", *(f"d{n}" for n in range(300)))
    enter(store, "chat", *(f"a{n}" for n in range(300)))
    sending = delivery(store, chat=chat, dead=dead)
    sending.start(lambda: NOW)
    try:
        deadline = time.monotonic() + 30
        while chat.got.total() < 300 and time.monotonic() < deadline:
            time.sleep(0.01)
        assert chat.got.total() == 300
        assert dead.got.total() == 0
    finally:
        release.set()
        sending.stop()
    found = states(store)
    assert found["sent"] == 300
    assert found["waiting"] == 300


@pytest.mark.long
def test_ten_thousand_letters_drain_at_the_channels_pace_beside_a_dead_one(store: Store) -> None:
    """200 a second are allowed, and no more are sent; the dead channel costs the other nothing."""
    release = threading.Event()

    def hang(message: Message) -> Outcome:
        del message
        release.wait(600)
        return Outcome("unknown", "no answer")

    count, pace = 10_000, 0.005
    chat, dead = Receiver(lambda _: SENT), Receiver(hang)
    enter(store, "dead", *(f"d{n}" for n in range(count)))
    enter(store, "chat", *(f"a{n}" for n in range(count)))
    sending = Delivery(store, {"chat": chat, "dead": dead}, "worker", trouble=print, pace={"chat": pace})
    began = time.monotonic()
    sending.start(lambda: NOW)
    try:
        while chat.got.total() < count and time.monotonic() < began + 500:
            time.sleep(0.05)
        assert chat.got == Counter({f"#player a{n}": 1 for n in range(count)})
        assert time.monotonic() - began >= count * pace * 0.9
    finally:
        release.set()
        sending.stop()
