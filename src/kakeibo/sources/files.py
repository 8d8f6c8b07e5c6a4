"""Which bytes of which files are new.

A log is known by its content: the digest of its beginning, and the digest of the bytes just before the position that
has been read. So a log that logrotate renames, copies and truncates, or compresses is still the same log, the same
file given twice is counted once, and a new log under an old name is a new log.
"""

from __future__ import annotations

import glob
import os
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from stat import S_ISREG
from typing import BinaryIO, Final, Protocol

import zstandard

from kakeibo.model import Source, Stream
from kakeibo.sources.streams import Known, digest

HEAD_BYTES: Final = 4096
TAIL_BYTES: Final = 4096
CHUNK_BYTES: Final = 384 << 20
"""How much of a plain log is counted in one transaction: larger saves little, smaller shows progress sooner."""
CHUNK_BYTES_DECOMPRESSED: Final = 64 << 20
"""The same for a compressed log, whose content is held in memory."""
SETTLED_SECONDS: Final = 3600
"""A last line without its newline is taken as complete when the file has not changed for so long."""
_GZIP, _ZSTD = b"\x1f\x8b", b"\x28\xb5\x2f\xfd"


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
    stat = path.stat()
    stream = known.last_in(stat)
    if stream is None or stream.size != -1:
        return 0
    with path.open("rb") as file:
        compressed = file.read(4).startswith((_GZIP, _ZSTD))
    return 0 if compressed else max(stat.st_size - stream.position, 0)


def chunks(path: Path, known: Known | tuple[()], *, now: float, whole: bool = False) -> Iterator[Chunk]:
    """The new parts of one file, in order. `known` are all logs of the source that are known; (): count from the start.

    `now` (seconds since 1970) tells whether an unfinished last line will still grow. `whole`: the file is one unit
    (Parquet). Each chunk must be counted and its `stream` recorded before the next is asked for.
    """
    known = known or Known()
    with path.open("rb") as file:
        stat = os.fstat(file.fileno())
        if stat.st_size == 0 or known.untouched(stat):
            return
        magic = file.read(4)
        settled = now - stat.st_mtime > SETTLED_SECONDS
        seen = Stream(None, str(path), stat.st_dev, stat.st_ino, -1, 0, b"", 0, b"", 0, 0)
        if whole:
            yield from _unit(file, path, known, seen, stat)
        elif magic.startswith((_GZIP, _ZSTD)):
            opener = _gzip if magic.startswith(_GZIP) else _zstd
            yield from _compressed(file, path, known, seen, stat, opener)
        else:
            yield from _plain(file, path, known, seen, stat, settled)


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
        chunk = Chunk(path, head, start, end, content, after, end - start, last)
        yield chunk
        if os.fstat(file.fileno()).st_size < end:  # truncated under our hands: the next pass starts from what is there
            return
        stream = after


def _continues(content: Content, stream: Stream, size: int) -> bool:
    """Is the file the log `stream`, at least as far as it was read (or as far as this copy of it goes)?"""
    if size < stream.position:
        return True
    tail = content.read(stream.position - stream.tail_length, stream.tail_length)
    return digest(tail) == stream.tail


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


@dataclass(frozen=True, slots=True)
class _Held:
    """A decompressed part of a log, held in memory; `base` is its offset in the log."""

    data: bytes
    base: int

    def read(self, offset: int, length: int) -> bytes:
        return self.data[offset - self.base : offset - self.base + length]


Opener = Callable[[BinaryIO], Iterator[bytes]]


def _gzip(file: BinaryIO) -> Iterator[bytes]:
    """Decompressed blocks of all members. Raises EOFError when the file ends too soon, zlib.error on damage."""
    data, member = b"", zlib.decompressobj(wbits=31)
    while True:
        data = data or file.read(1 << 20)
        if not data:
            break
        if member.eof:
            data = data.lstrip(b"\0")  # gzip allows zeroes between members
            member = zlib.decompressobj(wbits=31)
            continue
        yield member.decompress(data)
        data = member.unused_data
    if not member.eof:
        raise EOFError


def _zstd(file: BinaryIO) -> Iterator[bytes]:
    with zstandard.ZstdDecompressor().stream_reader(file, read_across_frames=True, closefd=False) as stream:
        while block := stream.read(1 << 20):
            yield block


def _compressed(
    file: BinaryIO, path: Path, known: Known, seen: Stream, stat: os.stat_result, opener: Opener
) -> Iterator[Chunk]:
    for same in [*known.alike(_first(file, opener), stat.st_ino), None]:
        reader = _Decompressed(file, opener)
        stream = _moved(same, seen)
        if same is not None and not reader.skip_to(same):
            continue  # begins alike, but is another log
        yield from _pieces(reader, path, stream, stat)
        return


def _pieces(reader: _Decompressed, path: Path, stream: Stream, stat: os.stat_result) -> Iterator[Chunk]:
    done = False
    while not done:
        start, data, done = reader.lines()
        end = start + len(data)
        complete = done and not reader.cut_short
        size, mtime = (stat.st_size, stat.st_mtime_ns) if complete else (-1, 0)
        if data:
            tail = (reader.before + data)[-TAIL_BYTES:]
            stream = _at(stream, reader.head, tail, end, size, mtime)
            yield Chunk(
                path, reader.head, start, end, _Held(data, start), stream, reader.on_disk(), done, reader.damage
            )
            reader.before = tail
        elif complete and stream.position:
            # Nothing new: remember that, so that the file need not be decompressed again.
            stream = replace(stream, size=size, mtime_ns=mtime)
            nothing = _Held(b"", end)
            yield Chunk(path, reader.head, end, end, nothing, stream, reader.on_disk(), True, reader.damage)


def _first(file: BinaryIO, opener: Opener) -> bytes:
    """The first bytes of the content."""
    file.seek(0)
    head = b""
    try:
        for block in opener(file):
            head += block
            if len(head) >= HEAD_BYTES:
                break
    except (EOFError, zlib.error, zstandard.ZstdError):
        pass
    return head[:HEAD_BYTES]


class _Decompressed:
    """The content of a compressed log, read once from its start, in whole lines."""

    def __init__(self, file: BinaryIO, opener: Opener) -> None:
        self.head = _first(file, opener)
        file.seek(0)
        self._file, self._taken = file, 0
        self._blocks = opener(file)
        self._rest = b""
        self._position = 0  # of _rest in the log
        self.before = b""  # the last bytes before _rest
        self.cut_short = False
        self.damage = ""

    def _next(self) -> bytes:
        """The next block; b"" at the end, however it comes."""
        try:
            while True:
                if block := next(self._blocks, b"end"):
                    return b"" if block == b"end" else block
        except EOFError:  # gzip is still writing, or the file was cut: what is missing may yet come
            self.cut_short = True
        except (zlib.error, zstandard.ZstdError) as error:
            self.damage = str(error)
        return b""

    def on_disk(self) -> int:
        """Bytes of the file read since this was last asked."""
        at = self._file.tell()
        taken, self._taken = at - self._taken, at
        return taken

    def skip_to(self, known: Stream) -> bool:
        """Go to where `known` was read to; False when the content before is not the same."""
        while self._position + len(self._rest) < known.position:
            block = self._next()
            if not block:
                return True  # a shorter copy of a log that we have read: nothing new in it
            self._rest += block
            spare = min(len(self._rest), known.position - self._position) - TAIL_BYTES
            if spare > 0:
                self._rest, self._position = self._rest[spare:], self._position + spare
        cut = known.position - self._position
        self.before, self._rest, self._position = self._rest[:cut], self._rest[cut:], known.position
        return digest(self.before[len(self.before) - known.tail_length :]) == known.tail

    def reaches(self, known: Stream) -> bool:
        """Is all there that was read of `known`?"""
        return self.skip_to(known) and self._position == known.position

    def lines(self, limit: int = CHUNK_BYTES_DECOMPRESSED) -> tuple[int, bytes, bool]:
        """(offset, whole lines, is that all). The last line counts as whole when the file is complete."""
        parts, size, done = [self._rest], len(self._rest), False
        while size < limit:
            block = self._next()
            if not block:
                done = True
                break
            parts.append(block)
            size += len(block)
        data = b"".join(parts)
        cut = len(data) if done and not self.cut_short else data.rfind(b"\n") + 1
        if cut == 0 and not done:  # one line longer than a chunk: keep reading it
            self._rest = data
            return self._position, b"", False
        start = self._position
        self._rest, self._position = data[cut:], start + cut
        return start, data[:cut], done


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
    with path.open("rb") as file:
        status = os.fstat(file.fileno())
        magic = file.read(4)
        if magic.startswith((_GZIP, _ZSTD)) and not whole:
            opener = _gzip if magic.startswith(_GZIP) else _zstd
            alike = known.alike(_first(file, opener), status.st_ino)
            return [stream for stream in alike if _Decompressed(file, opener).reaches(stream)]
        content = _File(file.fileno())
        return [
            stream
            for stream in known.alike(content.read(0, HEAD_BYTES), status.st_ino)
            if (stream.position == status.st_size if whole else stream.position <= status.st_size)
            and _continues(content, stream, status.st_size)
        ]


# -- a look without reading on ----------------------------------------------------------------------------------------


def latest(path: Path, limit: int, lines: int) -> tuple[bytes, bytes]:
    """(the beginning of a log, up to `lines` whole lines): the last ones of a plain log, the first of a compressed one.

    Looks at `limit` bytes at most; an unfinished last line is left out.
    """
    with path.open("rb") as file:
        magic = file.read(4)
        if magic.startswith((_GZIP, _ZSTD)):
            reader = _Decompressed(file, _gzip if magic.startswith(_GZIP) else _zstd)
            _, data, _ = reader.lines(limit)
            return reader.head, b"\n".join(data.split(b"\n", lines)[:lines]) + b"\n" if data else b""
        size = os.fstat(file.fileno()).st_size
        content = _File(file.fileno())
        data = content.read(max(size - limit, 0), limit)
        if size > limit:
            data = data[data.find(b"\n") + 1 :]
        data = data[: data.rfind(b"\n") + 1]
        return content.read(0, HEAD_BYTES), b"\n".join(data.rsplit(b"\n", lines + 1)[-lines - 1 :])
