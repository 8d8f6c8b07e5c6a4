"""A disk so small that a test can fill it."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

needs_root = pytest.mark.skipif(
    os.geteuid() != 0 or shutil.which("mount") is None, reason="mounting a small disk needs root"
)


@contextmanager
def small_disk(folder: Path, size: str) -> Iterator[Path]:
    """`folder`, newly made, on a disk of `size` ("6m")."""
    folder.mkdir()
    made = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)], capture_output=True)
    if made.returncode:
        pytest.skip("a small disk can only be mounted by root")
    try:
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], check=True)


def fill(disk: Path, leave: int = 0) -> Path:
    """Stuff the disk up to `leave` bytes; the file to delete again."""
    stuffing, free = disk / "stuffing", os.statvfs(disk)
    stuffing.write_bytes(bytes(max(free.f_bavail * free.f_frsize - leave, 0)))
    return stuffing
