"""What people ask of a fleet and enter about it: status, history, locks, and a dry run over what was received."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import click
import msgspec

from kakeibo import clock
from kakeibo.app.fleets import read_batch
from kakeibo.app.names import mend_of
from kakeibo.app.slips import author_of, worded
from kakeibo.devices import REASONS, Fleet, Reason
from kakeibo.errors import UsageError
from kakeibo.fleet import records
from kakeibo.fleet.census import Census, Found
from kakeibo.fleet.fleets import Running
from kakeibo.fleet.orders import FLEET, Order, Verb
from kakeibo.i18n import t
from kakeibo.letters import fleet as letter
from kakeibo.letters.fleet import Standing
from kakeibo.model import Book
from kakeibo.sources import files
from kakeibo.sources.kinds import incoming_kinds
from kakeibo.store import Store


def chosen(book: Book, name: str | None) -> list[Fleet]:
    """The fleet of that name, or all. Raises UsageError when there is none."""
    if not book.fleets:
        raise UsageError(t("the book has no fleets"), t("add the section fleets: docs/fleet.md has an example"))
    if name is None:
        return list(book.fleets.values())
    if name not in book.fleets:
        raise UsageError(t("there is no fleet {name}", name=name), mend_of(name, book.fleets))
    return [book.fleets[name]]


def status(book: Book, store: Store, name: str | None, *, as_json: bool) -> int:
    """How many devices are in which state, and why."""
    zone = book.organisation.timezone
    found = [standing(store, fleet) for fleet in chosen(book, name)]
    if as_json:
        _print({"version": letter.VERSION, "fleets": [letter.standing_json(one, zone) for one in found]})
    else:
        click.echo("\n".join(line for one in found for line in letter.render(one, zone)))
    return 0


def standing(store: Store, fleet: Fleet) -> Standing:
    """One fleet as the store has it, with all its devices that are worth a line."""
    return standing_of(Census(store, fleet))


def standing_of(census: Census, shown: int | None = None) -> Standing:
    """`shown`: so many devices with a cause at most."""
    troubled, proposals, state = census.troubled(), census.proposals(), census.state
    names = {one.number: one.name for one in census.named([*proposals])}
    return Standing(
        fleet=census.fleet.key,
        stage=census.fleet.stage,
        clock=state.clock if state else None,
        size=census.size,
        troubled=len(troubled),
        counts=census.counts(),
        shown=[(one.name, one.device) for one in census.named(troubled[:shown])],
        holds=state.breaker.held_since if state else None,
        proposals={names[number]: one.verb for number, one in proposals.items()},
        orders=len(census.waiting),
        strangers=state.strangers if state else {},
    )


def history(book: Book, store: Store, device: str | None, name: str | None, *, as_json: bool) -> int:
    """What happened to a device, or (None) to the whole fleet, the oldest first."""
    zone = book.organisation.timezone
    census, found = found_in(book, store, device, name)
    fleet, now = census.fleet, found.device if found else None
    changes = records.history(store, fleet.key, found.number if found else FLEET)
    if as_json:
        told: dict[str, Any] = {"version": letter.VERSION, "fleet": fleet.key, "device": device}
        told["now"] = letter.device_json(device or "", now, zone) if now else None
        _print({**told, "changes": [letter.change_json(change, zone) for change in changes]})
        return 0
    if now:
        click.echo(f"{device}: {letter.standing_of(now, zone)}")
    for change in changes:
        click.echo(letter.event(change, zone))
    return 0


def enter(
    book: Book,
    store: Store,
    verb: Verb,
    device: str | None,
    name: str | None,
    words: tuple[str, str | None],
    reason: Reason | None = None,
) -> int:
    """Note what somebody wants, and say so."""
    fleet = noted(book, store, verb, device, name, words, reason)
    click.echo(t("noted for {device}; it takes effect with the next ingest", device=device or fleet.key))
    return 0


def noted(
    book: Book,
    store: Store,
    verb: Verb,
    device: str | None,
    name: str | None,
    words: tuple[str, str | None],
    reason: Reason | None = None,
) -> Fleet:
    """Note what somebody wants of a device, or (None) of the whole fleet; the fleet does it with the next message.

    Raises UsageError where there is no such device, or the words are empty.
    """
    census, _ = found_in(book, store, device, name)
    why, author = words
    order = Order(0, verb, device or "", reason, worded(why, "--reason"), author_of(author))
    records.enter_order(store, census.fleet.key, order, int(clock.now().timestamp()))
    return census.fleet


def dry_run(book: Book, name: str | None, changed: dict[str, int], *, as_json: bool) -> int:
    """Judge everything that was ever received by the book's rules, and say what would have gone out. Writes nothing."""
    told = []
    for fleet in chosen(book, name):
        if book.sources[fleet.source].kind in incoming_kinds():
            raise UsageError(
                t("the messages of {fleet} came once, and are not kept: there is nothing to judge again",
                  fleet=fleet.key),
                t("leave it at stage: observe for a while; kakeibo fleet history says what would have gone out"),
            )  # fmt: skip
        beat = replace(fleet.heartbeat, **changed)
        running = Running(replace(fleet, heartbeat=beat))
        kinds, seconds, messages = Counter[str](), Counter[str](), 0
        for path in files.find(book.sources[fleet.source]):
            for chunk in files.chunks(path, (), now=clock.now().timestamp()):
                batch = read_batch(chunk, fleet)
                messages += len(batch.messages)
                running.advance(batch.messages)
                kinds += Counter(change.what for change in running.taken()[0])
                _spend(running, seconds)
        told.append((fleet, messages, kinds, seconds))
    if as_json:
        _print({"version": letter.VERSION, "fleets": [_trial_json(*one) for one in told]})
        return 0
    for fleet, messages, kinds, seconds in told:
        click.echo(t("{fleet}: {n} messages judged, nothing written", fleet=fleet.key, n=f"{messages:,}"))
        click.echo("\n".join(letter.trial(kinds, seconds)))
    return 0


def _spend(running: Running, seconds: Counter[str]) -> None:
    names = ["in_service", *REASONS, "held"]
    for _, found in running.seconds.taken():
        for state, n in enumerate(found.sum(axis=0).tolist()):
            seconds[names[state]] += n


def _trial_json(fleet: Fleet, messages: int, kinds: Counter[str], seconds: Counter[str]) -> dict[str, Any]:
    return {"fleet": fleet.key, "messages": messages, "events": dict(kinds), "device_seconds": dict(seconds)}


def found_in(book: Book, store: Store, device: str | None, name: str | None) -> tuple[Census, Found | None]:
    """The fleet that has a device, and the device. Raises UsageError when none has, or when it is not clear which fleet
    is meant."""
    fleets = chosen(book, name)
    if device is None:
        if len(fleets) > 1:
            raise UsageError(t("which fleet?"), t("add --fleet with one of: {names}", names=", ".join(book.fleets)))
        return Census(store, fleets[0]), None
    for fleet in fleets:
        census = Census(store, fleet)
        if (found := census.find(device)) is not None:
            return census, found
    raise UsageError(t("no device {device} was ever heard of", device=device), t("look at kakeibo fleet status"))


def _print(document: dict[str, Any] | Sequence[Any]) -> None:
    click.echo(msgspec.json.encode(document).decode())
