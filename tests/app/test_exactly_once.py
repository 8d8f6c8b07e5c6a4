"""Whatever happens to a log between two passes, every line is counted, and counted once."""

from __future__ import annotations

import gzip
import os
import shutil
import socket
import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
import zstandard
from tests.oracle.site import START, Site

from kakeibo import clock
from kakeibo.app.pipeline import Ingest
from kakeibo.clock import minute_of
from kakeibo.engines.duckdb import Engine
from kakeibo.sources import compressed, files


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


def zst(data: bytes) -> bytes:
    return zstandard.ZstdCompressor().compress(data)


packers = pytest.mark.parametrize(("pack", "ending"), [(gzip.compress, ".gz"), (zst, ".zst")], ids=["gz", "zst"])
Pack = Callable[[bytes], bytes]


# -- growing and rotated ---------------------------------------------------------------------------------------------


def test_a_log_that_grows(site: Site) -> None:
    for _ in range(5):
        site.write(100)
        site.ingest()
        site.check()
    assert site.ingest().lines == 0


def test_half_a_line_waits_for_its_rest(site: Site) -> None:
    site.write(10)
    data = site.lines(2)
    with site.log.open("ab") as file:
        file.write(data[:-30])
    summary = site.ingest()
    assert summary.lines == 11
    assert summary.waiting == [f"{site.log}: {len(data) // 2 - 30} bytes"]
    assert site.ingest().lines == 0
    with site.log.open("ab") as file:
        file.write(data[-30:])
    assert site.ingest().lines == 1
    site.check()


def test_a_last_line_without_its_end_is_whole_after_an_hour(site: Site) -> None:
    site.log.write_bytes(site.lines(3)[:-1])
    assert site.ingest().lines == 2
    an_hour_ago = (clock.now() - timedelta(hours=1, seconds=5)).timestamp()
    os.utime(site.log, (an_hour_ago, an_hour_ago))
    assert site.ingest().lines == 1
    site.check()
    site.log.write_bytes(site.log.read_bytes() + b"\n")
    site.write(1)
    site.ingest()
    site.check()


def test_renamed_and_begun_again(site: Site) -> None:
    site.write(500)
    site.ingest()
    site.write(20)  # not read before the rotation
    site.log.rename(site.log.with_name("a.log.1"))
    site.write(30)
    assert site.ingest().lines == 50
    site.log.with_name("a.log.1").rename(site.log.with_name("a.log.2"))
    site.log.rename(site.log.with_name("a.log.1"))
    site.write(7)
    site.ingest()
    site.check()


def test_copied_and_truncated(site: Site) -> None:
    site.write(500)
    site.ingest()
    site.write(20)
    shutil.copy(site.log, site.log.with_name("a.log.1"))
    os.truncate(site.log, 0)
    assert site.ingest().lines == 20
    site.write(30)
    site.ingest()
    site.check()


def test_truncated_and_grown_beyond_where_it_was_read(site: Site) -> None:
    site.write(50)
    site.ingest()
    os.truncate(site.log, 0)
    site.write(500)
    site.ingest()
    site.check()


def test_shrunk_and_grown_again_is_counted_on_from_there(site: Site) -> None:
    site.write(500)
    site.ingest()
    size = site.log.stat().st_size
    os.truncate(site.log, size - len(site.log.read_bytes().splitlines(keepends=True)[-1]))
    assert site.ingest().lines == 0
    site.check()  # what was counted stays counted


def test_another_file_in_the_same_inode(site: Site) -> None:
    site.write(300)
    site.ingest()
    inode = site.log.stat().st_ino
    with site.log.open("r+b") as file:
        file.truncate()
        file.write(site.lines(400))
    assert site.log.stat().st_ino == inode
    assert site.ingest().lines == 400
    site.check()


@packers
def test_compressed_after_reading(site: Site, pack: Pack, ending: str) -> None:
    site.write(500)
    site.ingest()
    site.write(40)
    packed = site.log.with_name(f"a.log.1{ending}")
    packed.write_bytes(pack(site.log.read_bytes()))
    assert site.ingest().lines == 40  # the plain file is still there
    site.log.unlink()
    assert site.ingest().lines == 0
    site.write(5)
    site.ingest()
    site.check()


@packers
def test_compressed_before_reading(site: Site, pack: Pack, ending: str) -> None:
    packed = site.log.with_name(f"a.log.1{ending}")
    packed.write_bytes(pack(site.lines(500)))
    assert site.ingest().lines == 500
    assert site.ingest().lines == 0
    site.check()


@packers
def test_compressed_and_still_being_written(site: Site, pack: Pack, ending: str) -> None:
    packed = site.log.with_name(f"a.log{ending}")
    data = pack(site.lines(30_000))
    for part in (10, len(data) // 3, len(data) // 2, len(data) - 3):
        packed.write_bytes(data[:part])
        site.ingest()
        assert site.delivered()[1] == 0
    packed.write_bytes(data)
    site.ingest()
    site.check()


@packers
def test_cut_short_for_good(site: Site, pack: Pack, ending: str) -> None:
    packed = site.log.with_name(f"a.log{ending}")
    packed.write_bytes(pack(site.lines(30_000))[:-9])
    site.ingest()
    lines, rejected = site.delivered()
    assert (lines > 20_000, rejected) == (True, 0)
    summary = site.ingest(clock.now() + timedelta(hours=2))
    assert list(summary.reasons) == ["the compressed file is damaged from here on: it ends too soon"]
    assert site.ingest(clock.now() + timedelta(hours=2)).lines == 0


@packers
def test_damaged(site: Site, pack: Pack, ending: str) -> None:
    data = pack(site.lines(30_000))
    half = len(data) // 2
    site.log.with_name(f"a.log{ending}").write_bytes(data[:half] + bytes(200) + data[half + 200 :])
    summary = site.ingest()
    assert any("damaged" in reason for reason in summary.reasons)
    assert 0 < site.delivered()[0] < 30_000
    assert site.ingest().lines == 0


@packers
def test_damaged_from_the_first_byte(site: Site, pack: Pack, ending: str) -> None:
    site.log.with_name(f"b.log{ending}").write_bytes(pack(b"")[:4] + b"\xff" * 500)
    site.write(3)
    later = clock.now() + timedelta(hours=2)
    summary = site.ingest(later)
    assert summary.rejected == 1
    assert "damaged" in next(iter(summary.reasons))
    site.check(rejected=1)
    assert site.ingest(later).lines == 0


@packers
def test_several_members(site: Site, pack: Pack, ending: str) -> None:
    packed = site.log.with_name(f"a.log{ending}")
    packed.write_bytes(pack(site.lines(200)) + pack(site.lines(100)))
    site.ingest()
    with packed.open("ab") as file:
        file.write(pack(site.lines(50)))
    assert site.ingest().lines == 50
    site.check()


@packers
def test_a_compressed_log_in_small_pieces(site: Site, pack: Pack, ending: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compressed, "CHUNK_BYTES", 5_000)
    site.log.with_name(f"a.log{ending}").write_bytes(pack(site.lines(2_000)))
    site.ingest()
    site.check()


def test_a_log_without_content(site: Site) -> None:
    site.log.touch()
    site.log.with_name("e.log.gz").write_bytes(gzip.compress(b""))
    assert site.ingest().lines == 0
    site.check()


# -- the same, and alike ---------------------------------------------------------------------------------------------


def test_the_same_file_given_in_many_ways(site: Site) -> None:
    site.write(300)
    shutil.copy(site.log, site.log.with_name("copy.log"))
    os.link(site.log, site.log.with_name("hard.log"))
    site.log.with_name("soft.log").symlink_to(site.log)
    (site.log.parent / "old" / "there.log").symlink_to(site.log)
    site.log.with_name("nowhere.log").symlink_to("gone")
    site.ingest()
    site.check()
    site.write(10)
    site.ingest()
    site.check()


@pytest.mark.parametrize("longer_first", [True, False])
@pytest.mark.parametrize("own_lines", [5, 500])
def test_logs_that_begin_alike(site: Site, longer_first: bool, own_lines: int) -> None:
    """Alike for more than is looked at of a beginning, and in every line; then each its own."""
    alike = b'{"time":"2026-11-21T16:00:00Z","status":200}\n'
    one, other = site.log, site.log.with_name("b.log")
    for path in (one, other):
        path.write_bytes(alike * 150)
    one.write_bytes(one.read_bytes() + site.lines(400))
    other.write_bytes(other.read_bytes() + site.lines(own_lines))
    os.utime(one, ns=(1, 1) if longer_first else (2, 2))
    os.utime(other, ns=(2, 2) if longer_first else (1, 1))
    site.ingest()
    site.ingest()
    site.made[minute_of(START) - 60, True] += 300
    site.check()


def test_the_same_first_lines_and_then_another_story(site: Site) -> None:
    site.write(3)
    first = site.log.read_bytes()
    site.ingest()
    site.log.with_name("b.log").write_bytes(first + site.lines(5))
    site.ingest()
    site.write(4)
    site.ingest()
    # Three lines that are the same in both cannot be told from a copy; all others are counted once.
    assert site.delivered()[0] in (12, 15)
    assert all(n >= site.made[key] for key, n in site.counted().items())


# -- files that are none ---------------------------------------------------------------------------------------------


def test_what_is_no_file_is_left_alone(site: Site) -> None:
    os.mkfifo(site.log.with_name("fifo.log"))
    site.log.with_name("folder.log").mkdir()
    with socket.socket(socket.AF_UNIX) as listener:
        os.chdir(site.log.parent)
        listener.bind("socket.log")
        site.write(3)
        site.ingest()
    site.check()


def test_a_file_that_becomes_a_fifo_does_not_hang(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    site.write(3)
    found = files.entries
    os.mkfifo(site.folder / "fifo")

    def entries(source: object) -> list[tuple[str, os.stat_result]]:
        (_, status), *_ = found(source)  # type: ignore[arg-type]
        return [(str(site.folder / "fifo"), status), *found(source)]  # type: ignore[arg-type]

    monkeypatch.setattr(files, "entries", entries)
    site.ingest()
    site.check()


def test_a_file_that_vanishes_before_it_is_opened(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    site.write(3)
    gone = site.write(5, site.log.with_name("b.log"))
    found = files.entries

    def entries(source: object) -> list[tuple[str, os.stat_result]]:
        listed = found(source)  # type: ignore[arg-type]
        if gone.exists():
            gone.rename(site.folder / "elsewhere")
        return listed

    monkeypatch.setattr(files, "entries", entries)
    site.ingest()
    assert site.delivered() == (3, 0)
    monkeypatch.undo()
    (site.folder / "elsewhere").rename(gone)
    site.ingest()
    site.check()


def test_a_log_truncated_while_it_is_counted(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """copytruncate at the worst moment: what was half counted is not posted; the copy has it all."""
    site.write(500)
    count = Engine.count

    def count_and_truncate(engine: Engine, *args: object) -> object:
        if not site.log.with_name("a.log.1").exists():
            shutil.copy(site.log, site.log.with_name("a.log.1"))
            os.truncate(site.log, 0)
        return count(engine, *args)  # type: ignore[arg-type]

    monkeypatch.setattr(Engine, "count", count_and_truncate)
    site.ingest()
    site.write(20)
    site.ingest()
    site.check()


def test_pieces(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "CHUNK_BYTES", 1_000)
    site.write(500)
    site.log.write_bytes(site.log.read_bytes() + b'{"time": "x' + b"y" * 5_000 + b'"}\n' + site.lines(50))
    site.ingest()
    site.check(rejected=1)


def test_late_events_go_to_their_own_minute(site: Site) -> None:
    early, late = site.lines(3_000), site.lines(3_000)
    site.log.write_bytes(late)
    site.ingest()
    with site.log.open("ab") as file:
        file.write(early)
    site.ingest()
    site.check()


# -- several at once -------------------------------------------------------------------------------------------------


def test_threads_that_count_the_same(site: Site) -> None:
    site.write(20_000)
    passes = [threading.Thread(target=site.ingest) for _ in range(3)]
    for each in passes:
        each.start()
    for each in passes:
        each.join()
    site.check()


def test_an_ingest_that_was_overtaken_goes_on(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "CHUNK_BYTES", 4_000)
    site.write(300)
    posting = Ingest._posting
    overtaken: list[files.Chunk] = []

    def post_after_another(ingest: Ingest, chunk: files.Chunk) -> object:
        if not overtaken:
            overtaken.append(chunk)
            site.ingest()
        return posting(ingest, chunk)

    monkeypatch.setattr(Ingest, "_posting", post_after_another)
    site.ingest()
    assert overtaken
    site.check()
