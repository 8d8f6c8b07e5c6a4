"""Which bytes of which files are new.

A log is known by its content: the digest of its beginning, and the digest of the bytes just before the position that
has been read. So a log that logrotate renames, copies and truncates, or compresses is still the same log, the same
file given twice is counted once, and a new log under an old name is a new log.
"""

from __future__ import annotations

import glob
import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from stat import S_ISREG
from typing import BinaryIO, Final, Protocol

from kakeibo.model import Source, Stream
from kakeibo.sources import compressed
from kakeibo.sources.compressed import TAIL_BYTES, Decompressed, Held
from kakeibo.sources.streams import Known, digest

HEAD_BYTES: Final = 4096
CHUNK_BYTES: Final = 384 << 20
"""How much of a plain log is counted in one transaction: larger saves little, smaller shows progress sooner."""
SETTLED_SECONDS: Final = 3600
"""A last line without its newline is taken as complete when the file has not changed for so long."""
_MAGIC: Final = 4  # bytes that tell how a file is compressed


class Content(Protocol):
    """Bytes that can be read at an offset of the (uncompressed) log."""

    def read(self, offset: int, length: int) -> bytes: ...


@dataclass(frozen=True, slots=True)
class Chunk:
    """Whole lines [start, end) of a log that begins with `head`, and the stream as it will stand once they are counted.

    `on_disk`: bytes of the file that it took; `last`: nothing more is to be read for now; `damage`: why a compressed
    file could not be read further.
    """

    path: Path
    head: bytes
    start: int
    end: int
    content: Content
    stream: Stream
    on_disk: int
    last: bool
    damage: str = ""

    def read(self, offset: int, length: int) -> bytes:
        """Bytes from `offset` within the chunk."""
        return self.content.read(self.start + offset, min(length, self.end - self.start - offset))

    @property
    def size(self) -> int:
        return self.end - self.start

    def intact(self) -> bool:
        """Is all of it still there? A log may be truncated while it is being counted: then nothing may be posted."""
        if not self.size:
            return True
        length = min(self.stream.tail_length, self.size)
        tail = self.read(self.size - length, length)
        return len(tail) == length and (length < self.stream.tail_length or digest(tail) == self.stream.tail)


def find(source: Source) -> list[Path]:
    """The files of a source, oldest first, each once."""
    return [Path(path) for path, _ in entries(source)]


def entries(source: Source) -> list[tuple[str, os.stat_result]]:
    """The files of a source with what the system knows of them, oldest first, each once; each is asked for once."""
    names: set[str] = set()
    for pattern in source.paths:
        names.update(glob.iglob(str(source.base / pattern), recursive=True))  # noqa: PTH207
    found = []
    for name in names:
        try:
            status = os.stat(name)  # noqa: PTH116 - a Path for each of thousands of files costs more than the question
        except FileNotFoundError:  # a link to nowhere, or gone since we looked
            continue
        if S_ISREG(status.st_mode):
            found.append((name, status))
    return sorted(found, key=lambda entry: (entry[1].st_mtime_ns, entry[0]))


def unread_bytes(status: os.stat_result, known: Known) -> int:
    """About how many bytes of the file on disk are new: for the progress bar."""
    stream = known.last_in(status)
    if stream is None:
        return status.st_size
    return 0 if known.untouched(status) else max(status.st_size - stream.position, 0)


def unfinished(path: Path, known: Known) -> int:
    """How many bytes of a last line without its newline are waiting for the rest of it."""
    with open_now(path) as file:
        stat = os.fstat(file.fileno())
        stream = known.last_in(stat)
        if (stream is not None and stream.size != -1) or compressed.opener(file.read(_MAGIC)):
            return 0
        read = stream.position if stream else 0
        end = _line_end(_File(file.fileno()), read, stat.st_size, stat.st_size)
        return max(stat.st_size - (end or read), 0)


def chunks(path: Path, known: Known | tuple[()], *, now: float, whole: bool = False) -> Iterator[Chunk]:
    """The new parts of one file, in order. `known` are all logs of the source that are known; (): count from the start.

    `now` (seconds since 1970) tells whether an unfinished last line will still grow. `whole`: the file is one unit
    (Parquet). Each chunk must be counted and its `stream` recorded before the next is asked for.
    """
    known = known or Known()
    with open_now(path) as file:
        stat = os.fstat(file.fileno())
        if stat.st_size == 0 or known.untouched(stat):
            return
        opened = compressed.opener(file.read(_MAGIC))
        settled = now - stat.st_mtime > SETTLED_SECONDS
        seen = Stream(None, str(path), stat.st_dev, stat.st_ino, -1, 0, b"", 0, b"", 0, 0)
        if whole:
            yield from _unit(file, path, known, seen, stat)
        elif opened:
            yield from _compressed(Decompressed(file, opened, settled=settled), path, known, seen, stat)
        else:
            yield from _plain(file, path, known, seen, stat, settled)


def open_now(path: Path) -> BinaryIO:
    """Open a file to read it. What has become a FIFO since we looked must not make us wait for a writer."""
    return os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb")


# -- plain files ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _File:
    fd: int

    def read(self, offset: int, length: int) -> bytes:
        return os.pread(self.fd, length, offset)


def _plain(
    file: BinaryIO, path: Path, known: Known, seen: Stream, stat: os.stat_result, settled: bool
) -> Iterator[Chunk]:
    content = _File(file.fileno())
    head = content.read(0, HEAD_BYTES)
    same = next((s for s in known.alike(head, stat.st_ino) if _continues(content, s, stat.st_size)), None)
    stream = _moved(same, seen)
    while stream.position < stat.st_size:
        start = stream.position
        end = _line_end(content, start, min(start + CHUNK_BYTES, stat.st_size), stat.st_size)
        if end is None:  # the last line is not finished
            if not settled:
                break
            end = stat.st_size
        last = end == stat.st_size
        tail = content.read(max(end - TAIL_BYTES, 0), min(TAIL_BYTES, end))
        # A file read to its end need not be opened again until it changes; one with an unfinished line must be.
        size, mtime = (stat.st_size, stat.st_mtime_ns) if last else (-1, 0)
        after = _at(stream, head, tail, end, size, mtime)
        yield Chunk(path, head, start, end, content, after, end - start, last)
        stream = after


def _continues(content: Content, stream: Stream, size: int) -> bool:
    """Is the file the log `stream`, at least as far as it was read (or as far as this copy of it goes)?"""
    if size < stream.position:
        return not _differs_from_own_file(content, stream, size)
    tail = content.read(stream.position - stream.tail_length, stream.tail_length)
    return digest(tail) == stream.tail


def _differs_from_own_file(content: Content, stream: Stream, size: int) -> bool:
    """Is a file that begins like `stream`, but is shorter, certainly another log? Its end tells, while the file in
    which the stream was last seen is there to compare it with."""
    try:
        with open_now(Path(stream.path)) as file:
            stat = os.fstat(file.fileno())
            same = (stat.st_dev, stat.st_ino) == (stream.device, stream.inode)
            if not same or compressed.opener(file.read(_MAGIC)):
                return False
            length = min(size, TAIL_BYTES)
            return content.read(size - length, length) != _File(file.fileno()).read(size - length, length)
    except OSError:
        return False


def _line_end(content: Content, start: int, wish: int, size: int) -> int | None:
    """The end of the last whole line before `wish`, or of the first one after it; None when no line ends."""
    step = 1 << 16
    at = wish
    while at > start:
        low = max(at - step, start)
        if (found := content.read(low, at - low).rfind(b"\n")) >= 0:
            return low + found + 1
        at, step = low, step * 2
    at, step = wish, 1 << 20
    while at < size:  # one line longer than a whole chunk
        if (found := content.read(at, step).find(b"\n")) >= 0:
            return at + found + 1
        at += step
    return None


def _moved(known: Stream | None, seen: Stream) -> Stream:
    """The stream, remembered in the file where it is now."""
    if known is None:
        return seen
    return replace(known, path=seen.path, device=seen.device, inode=seen.inode, size=-1, mtime_ns=0)


def _at(stream: Stream, head: bytes, tail: bytes, end: int, size: int, mtime: int) -> Stream:
    """The stream, read as far as `end`."""
    length = min(len(head), HEAD_BYTES, end)
    return replace(
        stream,
        size=size,
        mtime_ns=mtime,
        head=digest(head[:length]),
        head_length=length,
        tail=digest(tail),
        tail_length=len(tail),
        position=end,
    )


# -- compressed files ----------------------------------------------------------------------------------------------


def _compressed(reader: Decompressed, path: Path, known: Known, seen: Stream, stat: os.stat_result) -> Iterator[Chunk]:
    head = reader.beginning(HEAD_BYTES)
    for same in known.alike(head, stat.st_ino):
        if not reader.skip(same.position):
            return  # a shorter copy of a log that we have read: nothing new in it
        if _ends_like(reader, same):
            yield from _pieces(reader, path, head, _moved(same, seen), stat)
            return
    reader.skip(0)
    yield from _pieces(reader, path, head, seen, stat)


def _ends_like(reader: Decompressed, stream: Stream) -> bool:
    """Is what has been skipped the log `stream`, as far as it was read?"""
    return digest(reader.before[len(reader.before) - stream.tail_length :]) == stream.tail


def _pieces(reader: Decompressed, path: Path, head: bytes, stream: Stream, stat: os.stat_result) -> Iterator[Chunk]:
    done = False
    while not done:
        start = reader.position
        data, done = reader.lines(compressed.CHUNK_BYTES)
        complete = done and not reader.cut_short
        size, mtime = (stat.st_size, stat.st_mtime_ns) if complete else (-1, 0)
        if data:
            stream = _at(stream, head, reader.before, reader.position, size, mtime)
        elif complete:  # nothing new: remember that, so that the file need not be decompressed again
            stream = replace(stream, size=size, mtime_ns=mtime)
        if data or complete:
            content = Held(data, start)
            yield Chunk(path, head, start, start + len(data), content, stream, reader.on_disk(), done, reader.damage)


# -- files that are one unit ---------------------------------------------------------------------------------------


def _unit(file: BinaryIO, path: Path, known: Known, seen: Stream, stat: os.stat_result) -> Iterator[Chunk]:
    content = _File(file.fileno())
    size = stat.st_size
    # Parquet keeps what tells two files apart in its footer, at the end.
    head, tail = content.read(0, HEAD_BYTES), content.read(max(size - TAIL_BYTES, 0), TAIL_BYTES)
    for stream in known.alike(head, stat.st_ino):
        if stream.position == size and stream.tail == digest(tail):
            return
    yield Chunk(path, head, 0, size, content, _at(seen, head, tail, size, size, stat.st_mtime_ns), size, True)


# -- is a log still there? -------------------------------------------------------------------------------------------


def missing(source: Source, known: Known, *, whole: bool = False) -> list[Stream]:
    """The logs of which no file of `source` holds all that was read: they cannot be read again.

    By content, as always: a log that was renamed or compressed is there; one whose inode now holds another is not.
    """
    left = list(known)
    for path, status in entries(source):
        there = known.read_whole(status) or _held(Path(path), Known(left), whole)
        left = [stream for stream in left if stream not in there]
    return left


def _held(path: Path, known: Known, whole: bool) -> list[Stream]:
    """The logs of which the file holds all that was read."""
    with open_now(path) as file:
        stat = os.fstat(file.fileno())
        opened = None if whole else compressed.opener(file.read(_MAGIC))
        if opened:
            reader = Decompressed(file, opened, settled=False)
            alike = known.alike(reader.beginning(HEAD_BYTES), stat.st_ino)
            return [stream for stream in alike if reader.skip(stream.position) and _ends_like(reader, stream)]
        content = _File(file.fileno())
        return [
            stream
            for stream in known.alike(content.read(0, HEAD_BYTES), stat.st_ino)
            if (stream.position == stat.st_size if whole else stream.position <= stat.st_size)
            and _continues(content, stream, stat.st_size)
        ]


# -- a look without reading on ----------------------------------------------------------------------------------------


def latest(path: Path, limit: int, lines: int) -> tuple[bytes, bytes]:
    """(the beginning of a log, up to `lines` whole lines): the last ones of a plain log, the first of a compressed one.

    Looks at `limit` bytes at most; an unfinished last line is left out.
    """
    with open_now(path) as file:
        if opened := compressed.opener(file.read(_MAGIC)):
            data, _ = Decompressed(file, opened, settled=False).lines(limit)
            return data[:HEAD_BYTES], b"\n".join(data.split(b"\n", lines)[:lines]) + b"\n" if data else b""
        size = os.fstat(file.fileno()).st_size
        content = _File(file.fileno())
        data = content.read(max(size - limit, 0), limit)
        if size > limit:
            data = data[data.find(b"\n") + 1 :]
        data = data[: data.rfind(b"\n") + 1]
        return content.read(0, HEAD_BYTES), b"\n".join(data.rsplit(b"\n", lines + 1)[-lines - 1 :])
