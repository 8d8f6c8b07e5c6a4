"""GBFS feeds -> messages of a fleet, as lines of NDJSON: from files, or from an address as often as it is made anew."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import click
import msgspec

from kakeibo import clock
from kakeibo.errors import SourceError, UsageError
from kakeibo.fleet import gbfs
from kakeibo.fleet.gbfs import Snapshot
from kakeibo.i18n import t
from kakeibo.notifiers.http import Question, ask
from kakeibo.notifiers.kinds import Undelivered

_MOST: Final = 64 << 20
_TIMEOUT: Final = 30
_SHORTEST: Final = 10
"""Seconds: a feed that says it is made anew all the time is asked no oftener."""
_LAST: Final = ".gbfs-last.json"


class Recorder:
    """Writes what each snapshot says anew into a folder, a file a day.

    The last snapshot is kept there too, written after its messages: a crash in between repeats messages, loses none.
    """

    def __init__(self, out: Path) -> None:
        self.out, self.written, self.snapshots = out, 0, 0
        try:
            out.mkdir(parents=True, exist_ok=True)
            self.last = _kept(out / _LAST)
        except OSError as error:
            raise _unwritable(out, error) from error

    def take(self, now: Snapshot, received: int) -> None:
        """A snapshot that is not newer than the last one says nothing. Raises UsageError when the disk does not take
        it."""
        if self.last is not None and now.updated <= self.last.updated:
            return
        lines = [msgspec.json.encode(one) + b"\n" for one in gbfs.messages(self.last, now, received)]
        day = datetime.fromtimestamp(received / 1000, UTC)
        try:
            with (self.out / f"gbfs-{day:%Y%m%d}.ndjson").open("ab") as file:
                file.write(b"".join(lines))
            half = self.out / f"{_LAST}.new"
            half.write_bytes(msgspec.json.encode(now))
            os.replace(half, self.out / _LAST)  # noqa: PTH105 - atomic on every platform
        except OSError as error:
            raise _unwritable(self.out, error) from error
        self.last = now
        self.written += len(lines)
        self.snapshots += 1


def record_files(paths: Sequence[Path], out: Path) -> int:
    """Read documents and folders of them, in the order in which they were made; tell what was written."""
    documents = [gbfs.read(path.read_bytes(), str(path)) for path in _files(paths)]
    ranges = {kind: most for one in documents for kind, most in gbfs.ranges(one).items()}
    snapshots = [one for document in documents if (one := gbfs.snapshot(document, ranges))]
    if not snapshots:
        raise UsageError(t("nothing here lists vehicles"), t("give free_bike_status or vehicle_status"))
    recorder = Recorder(out)
    for snapshot in sorted(snapshots, key=lambda one: one.updated):
        recorder.take(snapshot, snapshot.updated)
    _tell(recorder)
    return 0


def record_address(url: str, out: Path, *, allow_private: bool, stop: Callable[[], bool] | None) -> int:
    """Ask an address once, or (with `stop`) as often as its ttl says until told to stop. What fails then is told, and
    asked again."""
    recorder, feed = Recorder(out), _Feed(url, allow_private)
    while True:
        ttl = _SHORTEST
        try:
            snapshot = feed.snapshot()
            recorder.take(snapshot, clock.second_of(clock.now()) * 1000)
            ttl = max(snapshot.ttl, _SHORTEST)
        except SourceError as error:
            if stop is None:
                raise
            click.echo(str(error), err=True)
        if stop is None or _waited(ttl, stop):
            _tell(recorder)
            return 0


class _Feed:
    """A feed with vehicles, found by gbfs.json or given itself; types of vehicles are asked for once."""

    def __init__(self, url: str, allow_private: bool) -> None:
        self.url, self.allow_private = url, allow_private
        self._status: str | None = None
        self._ranges: dict[str, float] = {}

    def snapshot(self) -> Snapshot:
        url = self._status or self.url
        document = gbfs.read(self._get(url), url)
        if self._status is None and (feeds := gbfs.addresses(document)):
            url = gbfs.status_address(feeds, self.url)
            if types := gbfs.types_address(feeds):
                self._ranges = gbfs.ranges(gbfs.read(self._get(types), types))
            document = gbfs.read(self._get(url), url)
        self._status = url
        found = gbfs.snapshot(document, self._ranges)
        if found is None:
            mend = t("give free_bike_status, vehicle_status or gbfs.json")
            raise UsageError(t("{path} lists no vehicles", path=url), mend)
        return found

    def _get(self, url: str) -> bytes:
        """What an address answers. Raises SourceError."""
        question = Question("GET", url, b"", {"Accept": "application/json"}, _MOST)
        try:
            answer = ask(question, timeout=_TIMEOUT, allow_private=self.allow_private)
        except Undelivered as error:
            mend = t("is the address right? one of your own network takes --allow-private")
            raise SourceError(f"{url}: {error.outcome.detail}", mend) from None
        if answer.status != 200:
            raise SourceError(
                t("{url} answered {code}", url=url, code=answer.status), t("open the address in a browser")
            )
        return answer.body


def _files(paths: Iterable[Path]) -> Iterator[Path]:
    for path in paths:
        if path.is_dir():
            yield from sorted(one for one in path.rglob("*.json") if not one.name.startswith("."))
        elif path.is_file():
            yield path
        else:
            raise UsageError(t("{path} is not there", path=path), t("give files, folders, or one address"))


def _kept(path: Path) -> Snapshot | None:
    try:
        return msgspec.json.decode(path.read_bytes(), type=Snapshot)
    except (FileNotFoundError, msgspec.DecodeError):
        return None


def _waited(seconds: float, stop: Callable[[], bool]) -> bool:
    """Wait; true when somebody said stop."""
    end = clock.monotonic() + seconds
    while not stop() and (left := end - clock.monotonic()) > 0:
        clock.sleep(min(left, 0.2))
    return stop()


def _unwritable(out: Path, error: OSError) -> UsageError:
    return UsageError(
        t("cannot write to the folder {path} ({reason})", path=out, reason=error.strerror or error),
        t("give a folder that you may write to, on a disk with room"),
    )


def _tell(recorder: Recorder) -> None:
    vehicles = len(recorder.last.vehicles) if recorder.last else 0
    click.echo(
        t(
            "{out}: {n} messages of {snapshots} snapshots; {vehicles} vehicles in the last one",
            out=recorder.out,
            n=f"{recorder.written:,}",
            snapshots=f"{recorder.snapshots:,}",
            vehicles=f"{vehicles:,}",
        )
    )
