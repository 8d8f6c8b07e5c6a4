"""The logs of a source that are known: found by the file they lie in, or by how they begin, however many there are."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from hashlib import blake2b

from kakeibo.model import Stream


def digest(data: bytes) -> bytes:
    return blake2b(data, digest_size=16).digest()


class Known:
    """All known logs of one source. `put` keeps it current after a posting, at a cost that does not grow with it."""

    def __init__(self, streams: Iterable[Stream] = ()) -> None:
        self._streams: dict[int, Stream] = {}
        self._places: dict[tuple[int, int], dict[int, Stream]] = {}
        self._heads: dict[int, dict[bytes, dict[int, Stream]]] = {}
        for stream in streams:
            self.put(stream)

    def __iter__(self) -> Iterator[Stream]:
        return iter(self._streams.values())

    def put(self, stream: Stream) -> None:
        """Take `stream` in, in place of what was known under its id."""
        key = -1 - len(self._streams) if stream.id is None else stream.id
        if (old := self._streams.get(key)) is not None:
            del self._places[old.device, old.inode][key]
            del self._heads[old.head_length][old.head][key]
        self._streams[key] = stream
        self._places.setdefault((stream.device, stream.inode), {})[key] = stream
        self._heads.setdefault(stream.head_length, {}).setdefault(stream.head, {})[key] = stream

    def last_in(self, stat: os.stat_result) -> Stream | None:
        """The log last seen in this file; an inode is used again, hence of several the newest."""
        found = self._places.get((stat.st_dev, stat.st_ino))
        return found[max(found)] if found else None

    def read_whole(self, stat: os.stat_result) -> list[Stream]:
        """The logs of which this very file was read to its end, and has not changed since."""
        found = self._places.get((stat.st_dev, stat.st_ino), {})
        return [s for s in found.values() if (s.size, s.mtime_ns) == (stat.st_size, stat.st_mtime_ns)]

    def untouched(self, stat: os.stat_result) -> bool:
        """Has this very file been read to its end, and not changed since?"""
        return bool(self.read_whole(stat))

    def alike(self, head: bytes, inode: int) -> list[Stream]:
        """The logs that begin like `head`, the one last seen in the same inode first, then the furthest read."""
        found = [
            stream
            for length, heads in self._heads.items()
            if length <= len(head)
            for stream in heads.get(digest(head[:length]), {}).values()
        ]
        return sorted(found, key=lambda stream: (stream.inode != inode, -stream.position))
