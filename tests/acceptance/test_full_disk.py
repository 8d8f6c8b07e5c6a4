"""A worker on a disk that is full: it says so, goes on when there is room again, and loses nothing."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.acceptance.site import FIRST, Burn, Script, Site

from kakeibo import ledger
from kakeibo.app.worker import Worker


@contextmanager
def small_disk(folder: Path, size: str) -> Iterator[Path]:
    folder.mkdir()
    made = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)], capture_output=True)
    if made.returncode:
        pytest.skip("a small disk can only be mounted by root")
    try:
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], check=True)


@pytest.mark.skipif(os.geteuid() != 0 or shutil.which("mount") is None, reason="mounting a small disk needs root")
def test_a_full_disk_is_said_and_costs_nothing(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", "6m") as disk:
        site = Site.at(tmp_path, Script([Burn(20, 60, 0.9)]), f"sqlite:///{disk}/kakeibo.db")
        said: list[str] = []
        worker = Worker(site.book, site.store, said.append)
        site.write(10)
        assert worker.round(site.now).failed == []
        stuffing = disk / "stuffing"
        free = os.statvfs(disk)
        stuffing.write_bytes(bytes(free.f_bavail * free.f_frsize))
        for minute in range(11, 40):
            site.write(minute)
            failed = worker.round(site.now).failed
        assert "source web" in failed
        assert len([text for text in said if text.startswith("source web: no space left for the store")]) == 1
        stuffing.unlink()
        site.write(40)
        assert worker.round(site.now).failed == []
        assert "source web: works again" in said
        whole = (FIRST, FIRST + 40)
        counted = ledger.sums(site.store, [whole])[whole]
        found = {flip.alert.subject for flip in site.flips() if flip.after == "firing"}
        worker.close()
        site.store.close()
    assert counted["play/availability"].valid == 40 * 15
    assert counted["buy/availability"].valid == 40 * 5
    assert found >= {"play/availability", "store"}
