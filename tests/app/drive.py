"""`kakeibo` with small pieces, so that one ingest makes many postings: for tests that interrupt it."""

from __future__ import annotations

import sys

from kakeibo.app.cli import main
from kakeibo.sources import files

files.CHUNK_BYTES = 400_000  # type: ignore[misc]
main(sys.argv[1:])
