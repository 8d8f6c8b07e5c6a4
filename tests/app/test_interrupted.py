"""Processes that are killed, that meet, that find the disk full, that follow a log: nothing lost, nothing doubled."""

from __future__ import annotations

import gzip
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import zstandard
from tests.oracle.site import Site
from tests.small_disk import fill, needs_root, small_disk

import kakeibo

ENVIRONMENT = os.environ | {"PYTHONPATH": str(Path(kakeibo.__file__).parents[1])}
DRIVE = [sys.executable, str(Path(__file__).with_name("drive.py"))]


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


def command(site: Site, *words: str) -> list[str]:
    return [*DRIVE, "ingest", "--book", str(site.folder / "kakeibo.yaml"), "--json", *words]


def ingest(site: Site, *words: str, code: int | None = 0) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(command(site, *words), env=ENVIRONMENT, capture_output=True, text=True, timeout=120)
    assert done.returncode in (0, 1), done.stderr + done.stdout
    assert code is None or done.returncode == code, done.stderr + done.stdout
    assert "Traceback" not in done.stderr
    return done


def kill_at_random(site: Site, times: int, seed: int) -> int:
    """Start an ingest and kill it after a random time, again and again; returns how many had not finished."""
    dice, killed, longest = random.Random(seed), 0, 1.5
    for _ in range(times):
        process = subprocess.Popen(command(site), env=ENVIRONMENT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(dice.uniform(0.2, longest))
        process.send_signal(signal.SIGKILL)
        killed += process.wait() == -signal.SIGKILL
    return killed


def test_killed_at_random(site: Site) -> None:
    site.write(60_000)
    old = site.log.with_name("a.log.1.gz")
    old.write_bytes(gzip.compress(site.lines(20_000), 1))
    assert kill_at_random(site, 6, seed=1)
    ingest(site)
    site.check()


@pytest.mark.long
def test_killed_thirty_times(site: Site) -> None:
    site.write(200_000)
    killed = kill_at_random(site, 30, seed=2)
    assert killed > 10
    ingest(site)
    site.check()


def test_two_at_once(site: Site) -> None:
    site.write(40_000)
    two = [subprocess.Popen(command(site), env=ENVIRONMENT, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    told = [json.loads(process.communicate(timeout=120)[0]) for process in two]
    assert [process.returncode for process in two] == [0, 0]
    assert sum(each["sources"][0]["lines"] for each in told) == 40_000
    site.check()


@needs_root
def test_the_disk_of_the_store_is_full(site: Site) -> None:
    """The store has no room for all of it: one message, exit code 1; once there is room, counting goes on."""
    with small_disk(site.folder / "disk", "1200k") as disk:
        store = f"sqlite:///{disk / 'kakeibo.db'}"
        site.write(10)
        ingest(site, "--store", store)
        stuffing = fill(disk, leave=120_000)
        site.write(60_000)
        failed = ingest(site, "--store", store, code=1)
        assert "no space left" in failed.stdout + failed.stderr
        stuffing.unlink()
        subprocess.run(["mount", "-o", "remount,size=40m", str(disk)], check=True)
        ingest(site, "--store", store)
        shutil.copy(disk / "kakeibo.db", site.folder / "kakeibo.db")
        for rest in disk.glob("kakeibo.db-*"):
            shutil.copy(rest, site.folder / rest.name)
    site.check()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody who may not read a file of root's")
def test_a_file_that_may_not_be_read(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    site.write(3)
    site.ingest()  # all that is imported late is imported now
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o777)
        monkeypatch.setattr(tempfile, "tempdir", folder)
        other = Site(Path(folder))
        other.write(3)
        secret = other.log.with_name("secret.log")
        secret.write_bytes(b"{}\n")
        secret.chmod(0o600)
        try:
            os.seteuid(65534)
            assert other.ingest().unreadable == [f"{secret}: Permission denied"]
        finally:
            os.seteuid(0)
        other.check()
        told = ingest(other, code=1)  # root may read it: it is no log
        assert json.loads(told.stdout)["sources"][0]["rejected"] == 1


def test_follow_through_a_rotation(site: Site) -> None:
    site.write(100)
    process = subprocess.Popen(command(site, "--follow", "--every", "0.1"), env=ENVIRONMENT, stdout=subprocess.PIPE)
    try:
        for round_ in range(8):
            site.write(50)
            time.sleep(0.1)
            site.write(20)
            if round_ % 3 == 1:
                site.log.rename(site.log.with_name(f"a.log.{round_}"))
        deadline = time.monotonic() + 30
        while site.counted() != site.made and time.monotonic() < deadline:
            time.sleep(0.1)
    finally:
        process.send_signal(signal.SIGTERM)
        output, _ = process.communicate(timeout=30)
    assert process.returncode == 0
    assert sum(json.loads(line)["lines"] for line in output.splitlines()) == site.made.total()
    site.check()


@pytest.mark.parametrize("name", ["a.log", "a.log.gz", "a.log.zst"])
def test_a_line_of_a_hundred_megabytes(site: Site, name: str) -> None:
    """It costs one line, its neighbours are counted, and the memory does not grow with it."""
    data = [site.lines(1_000), *[b"x" * 1_000_000] * 100, b"\n", site.lines(1_000)]
    path = site.log.with_name(name)
    openers: dict[str, Callable[..., Any]] = {".log": Path.open, ".gz": gzip.open, ".zst": zstandard.open}
    with openers[path.suffix](path, "wb") as file:
        for block in data:
            file.write(block)
    done = ingest(site)
    site.check(rejected=1)
    peak = int(re.findall(r"VmHWM:\s+(\d+) kB", done.stderr)[0])
    assert peak < 400 * 1024
