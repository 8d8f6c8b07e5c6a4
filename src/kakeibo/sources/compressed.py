"""Compressed logs: .gz and .zst, known by their first bytes, read once from the start, in whole lines."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import BinaryIO, Final

import zstandard

from kakeibo.i18n import t
from kakeibo.sources.kinds import MAX_LINE

TAIL_BYTES: Final = 4096
CHUNK_BYTES: Final = 32 << 20
"""How much of the content is counted in one transaction: it is held in memory."""

_BLOCK: Final = 1 << 20
_BITE: Final = 1 << 11

Opener = Callable[[BinaryIO], Iterator[bytes]]
"""Decompressed blocks of a file. Raises EOFError when the file ends too soon, DAMAGE when it is damaged."""
DAMAGE: Final = (zlib.error, zstandard.ZstdError)


def opener(magic: bytes) -> Opener | None:
    """How to read a file that begins with `magic`; None when it is not compressed."""
    return next((read for start, read in _OPENERS.items() if magic.startswith(start)), None)


def _gzip(file: BinaryIO) -> Iterator[bytes]:
    """All members of a gzip file."""
    data, member = b"", zlib.decompressobj(wbits=31)
    while data := data or file.read(_BLOCK):
        if member.eof:
            data = data.lstrip(b"\0")  # gzip allows zeroes between members
            member = zlib.decompressobj(wbits=31) if data else member
            continue
        yield member.decompress(data, _BLOCK)
        data = member.unused_data if member.eof else member.unconsumed_tail
    if not member.eof:
        raise EOFError


def _zstd(file: BinaryIO) -> Iterator[bytes]:
    """All frames of a zstd file, taken in small bites: a little may become very much. (The library's own stream reader
    bounds what it gives, but does not tell a whole frame from one cut short.)"""
    frame = zstandard.ZstdDecompressor().decompressobj()
    while data := file.read(_BLOCK):
        for at in range(0, len(data), _BITE):
            bite = data[at : at + _BITE]
            while bite:
                if frame.eof:
                    frame = zstandard.ZstdDecompressor().decompressobj()
                yield frame.decompress(bite)
                bite = frame.unused_data if frame.eof else b""
    if not frame.eof:
        raise EOFError


_OPENERS: Final[dict[bytes, Opener]] = {b"\x1f\x8b": _gzip, b"\x28\xb5\x2f\xfd": _zstd}


@dataclass(frozen=True, slots=True)
class Held:
    """A decompressed part of a log, held in memory; `base` is its offset in the log."""

    data: bytes
    base: int

    def read(self, offset: int, length: int) -> bytes:
        return self.data[offset - self.base : offset - self.base + length]


class Decompressed:
    """The content of a compressed log. `position`: how far it has been read; `before`: the last bytes before that.

    `cut_short`: the file ended too soon; `damage`: why it cannot be read further. `settled`: it will not grow any more.
    """

    def __init__(self, file: BinaryIO, opened: Opener, *, settled: bool) -> None:
        self._file, self._opened, self._settled, self._taken = file, opened, settled, 0
        self._restart()

    def _restart(self) -> None:
        self._file.seek(0)
        self._blocks = self._opened(self._file)
        self._rest = b""
        self.position = 0
        self.before = b""
        self.cut_short = False
        self.damage = ""

    def beginning(self, length: int) -> bytes:
        """The first bytes of the content, as many as can be read."""
        self._restart()
        head = b""
        while len(head) < length and (block := self._next()):
            head += block
        self._restart()
        return head[:length]

    def skip(self, length: int) -> bool:
        """Go to `length` from the start; False when the content ends before."""
        self._restart()
        data, at = b"", 0
        while at + len(data) < length:
            block = self._next()
            if not block:
                return False
            spare = max(len(data) - TAIL_BYTES, 0)
            data, at = data[spare:] + block, at + spare
        cut = length - at
        self.before, self._rest, self.position = data[max(cut - TAIL_BYTES, 0) : cut], data[cut:], length
        return True

    def lines(self, limit: int) -> tuple[bytes, bool]:
        """(whole lines from `position` on, is that all); `position` is behind them then.

        The last line is whole when the file is. Of a line longer than `limit` only so much is kept that it is
        still too long to be read.
        """
        parts, size, done, dropped = [self._rest], len(self._rest), False, 0
        while True:
            while size < limit and not done:
                block = self._next()
                parts.append(block)
                size, done = size + len(block), not block
            data = b"".join(parts)
            cut = len(data) if done and not (self.cut_short or self.damage) else data.rfind(b"\n") + 1
            if cut or done:
                break
            kept = data[: MAX_LINE + 1] + data[-TAIL_BYTES:]
            dropped += len(data) - len(kept)
            parts, size = [kept], len(kept)
        self._rest = data[cut:]
        self.position += dropped + cut
        self.before = (self.before + data[:cut])[-TAIL_BYTES:]
        return data[:cut], done

    def on_disk(self) -> int:
        """Bytes of the file read since this was last asked."""
        at = self._file.tell()
        taken, self._taken = at - self._taken, max(at, self._taken)
        return max(taken, 0)

    def _next(self) -> bytes:
        """The next block; b"" at the end, however it comes."""
        try:
            return next((block for block in self._blocks if block), b"")
        except EOFError:  # somebody is still writing it: what is missing may yet come
            self.cut_short = not self._settled
            self.damage = t("it ends too soon") if self._settled else ""
        except DAMAGE as error:
            self.damage = str(error)
        return b""
