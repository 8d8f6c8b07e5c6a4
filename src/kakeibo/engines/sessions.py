"""A DuckDB of our own: in memory, bounded, and given our files to read."""

from __future__ import annotations

import os
import shutil
import tempfile
from typing import Final

import duckdb

from kakeibo.engines.served import Served

MEMORY: Final = "200MB"
"""What DuckDB may hold; the process holds about 150 MB beside it."""
THREADS: Final = min(4, os.cpu_count() or 1)
"""Each holds some 30 MB of a log: with one a core, a large machine would run out of MEMORY."""


class Session:
    """`connection` reads what is `served`, and spills what MEMORY does not hold. To be closed."""

    def __init__(self) -> None:
        self.served = Served()
        self._spill = tempfile.mkdtemp(prefix="kakeibo-")
        self.connection = duckdb.connect(
            config={
                "memory_limit": MEMORY,
                "threads": THREADS,
                "temp_directory": self._spill,
                "preserve_insertion_order": False,
                "autoinstall_known_extensions": False,
                "enable_external_file_cache": False,
            }
        )
        self.connection.register_filesystem(self.served)

    def close(self) -> None:
        self.connection.close()
        shutil.rmtree(self._spill, ignore_errors=True)

    def dropped(self) -> int:
        """Lines that the engine's line reader dropped as unreadable since we asked last: not valid UTF-8, or too long.
        Of a scan that stores no rejects this cannot be asked."""
        run = self.connection.execute
        (lines,) = run("SELECT count(DISTINCT line) FROM reject_errors").fetchone() or (0,)
        if lines:
            run("DELETE FROM reject_errors")
            run("DELETE FROM reject_scans")
        return int(lines)
