"""The logs that are known: as a plain list would answer, and where the files are that hold them."""

from __future__ import annotations

import gzip
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from kakeibo.model import Source, Stream
from kakeibo.sources import files
from kakeibo.sources.streams import Known, digest

HEADS = [b"", b"a", b"ab", b"abc", b"abd", b"b"]
marks = st.integers(0, 2)
streams = st.builds(
    lambda id_, inode, size, head, position: Stream(
        id_, "log", 1, inode, size, size, digest(head), len(head), b"", 0, position
    ),
    st.integers(1, 6), marks, marks, st.sampled_from(HEADS), st.integers(0, 3),
)  # fmt: skip


@given(st.lists(streams, max_size=15), marks, marks, st.sampled_from([*HEADS, b"abcdef"]))
def test_it_answers_like_a_list_of_the_newest(put: list[Stream], inode: int, size: int, head: bytes) -> None:
    known, newest = Known(), dict[int | None, Stream]()
    for stream in put:
        known.put(stream)
        newest[stream.id] = stream
    stat = cast(os.stat_result, SimpleNamespace(st_dev=1, st_ino=inode, st_size=size, st_mtime_ns=size))
    there = [s for s in newest.values() if s.inode == inode]
    assert known.last_in(stat) == max(there, key=lambda s: s.id or 0, default=None)
    assert known.untouched(stat) == any(s.size == size for s in there)
    alike = known.alike(head, inode)
    assert {s.id for s in alike} == {
        s.id for s in newest.values() if s.head_length <= len(head) and digest(head[: s.head_length]) == s.head
    }
    assert alike == sorted(alike, key=lambda s: (s.inode != inode, -s.position))
    assert sorted(s.id or 0 for s in known) == sorted(id_ or 0 for id_ in newest)


LINES = b"".join(b'{"n": %d, "text": "%d"}\n' % (n, n * 7919 % 1009) for n in range(900))


def read(source: Source, *, whole: bool = False) -> Known:
    """All logs of `source`, read as far as they can be, with the ids that a ledger would give."""
    known = Known()
    for path in files.find(source):
        given_id = len(list(known)) + 1
        for chunk in files.chunks(path, known, now=0, whole=whole):
            known.put(chunk.stream if chunk.stream.id else replace(chunk.stream, id=given_id))
    return known


@pytest.fixture
def source(tmp_path: Path) -> Source:
    return Source("web", "ndjson", ("*.json*",), tmp_path)


def renamed(log: Path) -> None:
    log.rename(log.with_name("old.json.7"))


def gzipped(log: Path) -> None:
    log.with_name("a.json.gz").write_bytes(gzip.compress(log.read_bytes()))
    log.unlink()


def zipped_by_zstandard(log: Path) -> None:
    log.with_name("b.json.zst").write_bytes(zstandard.compress(log.read_bytes()))
    log.unlink()


def copied_and_truncated(log: Path) -> None:
    log.with_name("access.json.1").write_bytes(log.read_bytes())
    log.write_bytes(b"")


def grown(log: Path) -> None:
    log.write_bytes(LINES + b"{}\n")


@pytest.mark.parametrize("change", [renamed, gzipped, zipped_by_zstandard, copied_and_truncated, grown])
def test_a_log_is_there_wherever_its_content_is(source: Source, change: Callable[[Path], None]) -> None:
    (source.base / "access.json").write_bytes(LINES)
    known = read(source)
    change(source.base / "access.json")
    assert files.missing(source, known) == []


@pytest.mark.parametrize("text", [LINES, LINES[:100]])
def test_a_zst_log_is_read_once(source: Source, text: bytes) -> None:
    lines = text[: text.rfind(b"\n") + 1]
    (source.base / "access.json.zst").write_bytes(zstandard.compress(lines))
    known = read(source)
    assert [stream.position for stream in known] == [len(lines)]
    assert [chunk for path in files.find(source) for chunk in files.chunks(path, known, now=0)] == []


def removed(log: Path) -> None:
    log.unlink()


def shortened(log: Path) -> None:
    log.write_bytes(LINES[:-20])


def shortened_and_zipped(log: Path) -> None:
    log.with_name("a.json.gz").write_bytes(gzip.compress(LINES[:-20]))
    log.unlink()


def changed_at_its_end(log: Path) -> None:
    log.write_bytes(LINES[:-20] + b"x" * 19 + b"\n")


def begun_anew_in_its_inode(log: Path) -> None:
    log.write_bytes(b"".join(LINES.splitlines(keepends=True)[::-1]) + LINES)


@pytest.mark.parametrize(
    "change", [removed, shortened, shortened_and_zipped, changed_at_its_end, begun_anew_in_its_inode]
)
def test_a_log_that_is_not_there_whole_is_missing(source: Source, change: Callable[[Path], None]) -> None:
    (source.base / "kept.json").write_bytes(LINES.replace(b"text", b"kept"))
    log = source.base / "access.json"
    log.write_bytes(LINES)
    known = read(source)
    change(log)
    assert [Path(stream.path).name for stream in files.missing(source, known)] == ["access.json"]


def test_a_file_that_is_one_unit_is_there_as_it_was_or_not_at_all(source: Source) -> None:
    unit = source.base / "events.json"  # what is in it makes no difference to where it is
    unit.write_bytes(LINES)
    known = read(source, whole=True)
    unit.rename(source.base / "moved.json")
    assert files.missing(source, known, whole=True) == []
    (source.base / "moved.json").write_bytes(LINES + LINES)
    assert len(files.missing(source, known, whole=True)) == 1


def test_each_file_is_named_once_and_oldest_first(source: Source) -> None:
    for name, age in (("b.json", 5), ("a.json", 5), ("c.json", 9)):
        path = source.base / name
        path.write_bytes(b"{}\n")
        os.utime(path, ns=(0, 10**18 - age))
    (source.base / "folder.json").mkdir()
    (source.base / "nowhere.json").symlink_to("none")
    twice = replace(source, paths=("*.json", "?.json"))
    assert [path.name for path in files.find(twice)] == ["c.json", "a.json", "b.json"]
