"""`kakeibo` with small pieces, so that one ingest makes many postings, telling at the end how much memory it took."""

from __future__ import annotations

import atexit
import re
import sys
from pathlib import Path

from kakeibo.app.cli import main
from kakeibo.sources import files

files.CHUNK_BYTES = 400_000  # type: ignore[misc]
# Not getrusage: its peak is at least that of the process that started this one.
atexit.register(lambda: print(re.findall("VmHWM.*", Path("/proc/self/status").read_text()), file=sys.stderr))
main(sys.argv[1:])
