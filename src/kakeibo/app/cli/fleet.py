"""kakeibo fleet: devices in service."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from kakeibo.app.cli.common import (
    book_option,
    json_option,
    lang_option,
    open_book,
    opened_store,
    speak,
    store_option,
    until_told,
    word_options,
)
from kakeibo.app.cli.help import Verbs

F = TypeVar("F", bound=Callable[..., Any])


def fleet_option(command: F) -> F:
    return click.option("--fleet", "name", metavar="FLEET", help="Of this fleet alone: a key of fleets.")(command)


@click.group("fleet", cls=Verbs)
@lang_option
def command() -> None:
    """Devices in service: which are out, since when and why.

    Messages are read by kakeibo ingest; here you look, and enter what no rule can know.
    """


@command.command("status")
@fleet_option
@json_option
@book_option
@store_option
@lang_option
def status(name: str | None, as_json: bool, book: Path, store: str | None) -> int:
    """How many devices are in service, and which are out for which reason."""
    from kakeibo.app import fleet_desk

    the_book = open_book(book)
    speak(the_book)
    with opened_store(store, book) as the_store:
        return fleet_desk.status(the_book, the_store, name, as_json=as_json)


@command.command("history")
@click.argument("device", required=False)
@fleet_option
@json_option
@book_option
@store_option
@lang_option
def history(device: str | None, name: str | None, as_json: bool, book: Path, store: str | None) -> int:
    """What happened to DEVICE and why, or without one to the fleet as a whole: the breaker."""
    from kakeibo.app import fleet_desk

    the_book = open_book(book)
    speak(the_book)
    with opened_store(store, book) as the_store:
        return fleet_desk.history(the_book, the_store, device, name, as_json=as_json)


@command.command("lock")
@click.argument("device")
@click.option(
    "--as",
    "kind",
    type=click.Choice(["manual", "maintenance", "unknown"]),
    default="manual",
    show_default=True,
    help="What the time out of service is charged to.",
)
@fleet_option
@word_options
@book_option
@store_option
@lang_option
def lock(
    device: str, kind: Any, name: str | None, reason: str, author: str | None, book: Path, store: str | None
) -> int:
    """Take DEVICE out by hand, after its trip if it is on one; no rule brings it back."""
    return _enter("lock", device, name, (reason, author), (book, store), kind)


@command.command("release")
@click.argument("device", required=False)
@fleet_option
@word_options
@book_option
@store_option
@lang_option
def release(
    device: str | None, name: str | None, reason: str, author: str | None, book: Path, store: str | None
) -> int:
    """Take a lock of DEVICE back; or without a device, tell the breaker to let go of what it holds.

    Without a device: the devices that are due really go out, and the breaker does not hold again for its time.
    """
    return _enter("release" if device else "let_go", device, name, (reason, author), (book, store))


@command.command("retire")
@click.argument("device")
@fleet_option
@word_options
@book_option
@store_option
@lang_option
def retire(device: str, name: str | None, reason: str, author: str | None, book: Path, store: str | None) -> int:
    """Expect DEVICE no longer, as when it is scrapped: from then on its time is neither good nor bad.

    Its messages count for nothing any more. kakeibo fleet release DEVICE takes it back.
    """
    return _enter("retire", device, name, (reason, author), (book, store))


@command.command("confirm")
@click.argument("device")
@fleet_option
@word_options
@book_option
@store_option
@lang_option
def confirm(device: str, name: str | None, reason: str, author: str | None, book: Path, store: str | None) -> int:
    """Confirm what is proposed for DEVICE: the command is sent."""
    return _enter("confirm", device, name, (reason, author), (book, store))


@command.command("dry-run")
@fleet_option
@click.option(
    "--silent-after", type=click.IntRange(min=1), metavar="SECONDS", help="Try another length of silence; in seconds."
)
@json_option
@book_option
@lang_option
def dry_run(name: str | None, silent_after: int | None, as_json: bool, book: Path) -> int:
    """What the rules would have done with everything received so far; nothing is written."""
    from kakeibo.app import fleet_desk

    the_book = open_book(book)
    speak(the_book)
    changed = {} if silent_after is None else {"silent_after": silent_after}
    return fleet_desk.dry_run(the_book, name, changed, as_json=as_json)


@command.command("gbfs")
@click.argument("places", metavar="PLACE...", nargs=-1, required=True)
@click.option(
    "--out", type=click.Path(path_type=Path, file_okay=False), required=True, help="The folder for the messages."
)
@click.option("--follow", is_flag=True, help="Of an address: go on, as often as the feed is made anew.")
@click.option("--allow-private", is_flag=True, help="Of an address: it may be one of your own network.")
@lang_option
def gbfs(places: tuple[str, ...], out: Path, follow: bool, allow_private: bool) -> int:
    """Turn GBFS feeds of shared vehicles into messages of a fleet.

    PLACE: files or folders with free_bike_status or vehicle_status, or the address of one, or of gbfs.json.
    """
    from kakeibo.app import gbfs as feeds
    from kakeibo.errors import UsageError
    from kakeibo.i18n import t

    if any("://" in place for place in places):
        if len(places) > 1:
            raise UsageError(t("an address stands alone"), t("begin once for each address, with a folder of its own"))
        return feeds.record_address(places[0], out, allow_private=allow_private, stop=until_told() if follow else None)
    return feeds.record_files([Path(place) for place in places], out)


def _enter(
    verb: Any,
    device: str | None,
    name: str | None,
    words: tuple[str, str | None],
    common: tuple[Path, str | None],
    kind: Any = None,
) -> int:
    from kakeibo.app import fleet_desk

    book, store = common
    the_book = open_book(book)
    speak(the_book)
    with opened_store(store, book) as the_store:
        return fleet_desk.enter(the_book, the_store, verb, device, name, words, kind)
