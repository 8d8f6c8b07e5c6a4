"""What the engine cannot be trusted with: lines longer than it reads, and records that might swallow the next line."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kakeibo.engines.served import Read
from kakeibo.sources.kinds import MAX_LINE, Reader

_BLOCK: Final = 8 << 20
_MARK: Final = b"\xef\xbb\xbf"


class Watch:
    """Reads on the engine's behalf and notices what it must not be given uncleaned."""

    def __init__(self, read: Read, reader: Reader) -> None:
        self._read = read
        self._reader = reader
        self.suspicious = False

    def read(self, offset: int, length: int) -> bytes:
        block = self._read(offset, length)
        if not self.suspicious:
            # What follows a carriage return tells whether it ends a line.
            seen = block + self._read(offset + length, 1) if block.endswith(b"\r") else block
            self.suspicious = _has_long_line(block) or _has_mark(block) or self._reader.suspicious(seen)
        return block


def _has_long_line(block: bytes) -> bool:
    """Might a line be longer than MAX_LINE? Looks for one line end in each window, so it costs next to nothing."""
    window = MAX_LINE // 2
    return any(block.find(b"\n", at, at + window) < 0 for at in range(0, len(block) - window + 1, window))


def _has_mark(block: bytes) -> bool:
    """Might a byte order mark be in it? At the start of a piece the engine skips one, elsewhere it does not."""
    return _MARK[:1] in block and _MARK in block


def clean(read: Read, size: int, reader: Reader, head: bytes) -> Iterator[tuple[list[bytes], int]]:
    """The lines of a piece, cleaned, a few megabytes at a time, and how many lines were refused."""
    rest, at, skipping = b"", 0, False
    while at < size or rest:
        block = read(at, min(_BLOCK, size - at)) if at < size else b""
        at += len(block)
        data = rest + block
        lines = data.split(b"\n")
        rest = lines.pop() if block else b""
        refused = 0
        if skipping and lines:  # the end of a line that was too long
            lines, skipping = lines[1:], False
        if skipping:
            rest = b""
        elif len(rest) > MAX_LINE:
            rest, skipping, refused = b"", True, 1
        kept = []
        for line in (line.removeprefix(_MARK) for line in lines):
            if not line.strip(reader.blank):
                continue
            cleaned = reader.clean(line, head) if len(line) <= MAX_LINE else None
            if cleaned is None:
                refused += 1
            else:
                kept.append(cleaned)
        yield kept, refused
        if not block:
            return


def line_start(read: Read, start: int, end: int) -> int | None:
    """A line start strictly inside [start, end), near the middle; None when there is only one line."""
    middle, step = (start + end) // 2, 1 << 16
    at = middle
    while at < end - 1:
        block = read(at, min(step, end - 1 - at))
        if (found := block.find(b"\n")) >= 0:
            return at + found + 1
        at += len(block)
    at = middle
    while at > start:
        low = max(at - step, start)
        if (found := read(low, at - low).rfind(b"\n")) >= 0:
            return low + found + 1
        at = low
    return None
